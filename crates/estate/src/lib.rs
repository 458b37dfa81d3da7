//! The model of a cloud that every judge of Palisade works on.
//!
//! A [`resource::Resource`] is one thing in the cloud, in the shape of its CloudFormation type.
//! Its properties are a tree of [`value::Value`]s, in which what cannot be known is said to be unknown, with the reason.
//! An [`estate::Estate`] is a set of resources with the references among them and indexes over both.
//! The [`catalogue::Catalogue`] knows every type that AWS publishes: its properties, defaults and identifiers.
//!
//! This crate reads no file, opens no socket and asks no clock.

pub mod catalogue;
pub mod estate;
pub mod file;

pub mod normalise;
pub mod resource;
pub mod truth;
pub mod value;
