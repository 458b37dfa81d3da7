//! Provider configurations: the region, the account and the tags that every resource gets.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs>

use std::rc::Rc;
use std::sync::Arc;

use crate::eval::Scope;
use crate::module::{Instance, Module};
use crate::source::{Declared, Session};
use crate::value::{Node, Value};

/// What a configuration of the AWS provider says.
#[derive(Debug, Default)]
pub(crate) struct Provider {
    pub(crate) region: Option<Arc<str>>,
    pub(crate) account: Option<Arc<str>>,
    /// The map of `default_tags`.
    pub(crate) tags: Option<Node>,
}

impl Session<'_> {
    /// The provider configuration of a resource.
    pub(crate) fn provider_of(&self, module: &Rc<Module>, instance: &Instance) -> Option<Rc<Provider>> {
        let named = instance
            .declared
            .attribute("provider")
            .and_then(|(_, attribute)| attribute.value.path().map(|path| path.join(".")));
        let implied = instance.type_name.split('_').next().unwrap_or("");
        self.provider(module, &named.unwrap_or_else(|| implied.to_owned()), 0)
    }

    /// A configuration by its name in a module: its own, or one that its caller hands down.
    ///
    /// <https://developer.hashicorp.com/terraform/language/modules/develop/providers>
    fn provider(&self, module: &Rc<Module>, name: &str, depth: usize) -> Option<Rc<Provider>> {
        if let Some(known) = module.providers.borrow().get(name) {
            return known.clone();
        }
        let found = if let Some(declared) = module.config.providers.get(name) {
            Some(Rc::new(self.read_provider(module, declared)))
        } else {
            // Limit: modules within modules are counted where they are called.
            let parent = module.parent.filter(|_| depth < 64).map(|id| self.module_of(id));
            parent.and_then(|parent| {
                let handed = module.handed(name);
                let is_default = !name.contains('.');
                match handed {
                    Some(outer) => self.provider(&parent, &outer, depth + 1),
                    None if is_default => self.provider(&parent, name, depth + 1),
                    None => None,
                }
            })
        };
        module.providers.borrow_mut().insert(Arc::from(name), found.clone());
        found
    }

    fn read_provider(&self, module: &Rc<Module>, declared: &Declared) -> Provider {
        let text = |name: &str| {
            let (file, attribute) = declared.attribute(name)?;
            match self.lenient(&Scope::new(module, file), &attribute.value).value {
                Value::Text(text) => Some(text),
                _ => None,
            }
        };
        let nested = |kind: &str| declared.blocks().into_iter().find(|(_, block)| &*block.kind == kind);
        let tags = nested("default_tags").and_then(|(file, block)| {
            let attribute = block.body.attribute("tags")?;
            Some(self.lenient(&Scope::new(module, file), &attribute.value))
        });
        let role = nested("assume_role").and_then(|(file, block)| {
            let attribute = block.body.attribute("role_arn")?;
            self.lenient(&Scope::new(module, file), &attribute.value).value.as_text().map(str::to_owned)
        });
        let allowed = declared.attribute("allowed_account_ids").and_then(|(file, attribute)| {
            let node = self.lenient(&Scope::new(module, file), &attribute.value);
            match node.value.as_list().map(|list| list.items.as_slice()) {
                Some([only]) => only.value.as_text().map(Arc::from),
                _ => None,
            }
        });
        let assumed = role.and_then(|arn| arn.split(':').nth(4).filter(|id| !id.is_empty()).map(Arc::from));
        Provider { region: text("region"), account: allowed.or(assumed), tags }
    }
}
