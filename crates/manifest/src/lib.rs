//! What stands around the templates as resources of an estate, every value with its position.
//!
//! Kubernetes manifests, Helm values, compose files, ECS task definitions, Dockerfiles, workflows of GitHub, GitLab
//! and Harness, and files of variables are read as far as controls of identity, secrets and images need.
//! An expression that is decided at run time (`${{ secrets.KEY }}`) is unknown with its own words as the reason.
//! A file that is none of these gives nothing.
//! This crate reads files through [`template::Files`] only, and never opens a socket.

mod body;
mod compose;
mod dockerfile;
mod dotenv;
mod ecs;
mod file;
mod github;
mod gitlab;
mod harness;
mod helm;
mod image;
mod kubernetes;
mod link;
mod load;
mod recognise;
mod variable;

pub use load::load;
pub use recognise::is_candidate;
