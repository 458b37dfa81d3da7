//! Provider configurations: the region, the account and the tags that every resource gets.
//!
//! <https://registry.terraform.io/providers/hashicorp/aws/latest/docs>

use std::sync::Arc;

use estate::value::FileId;
use hcl::syntax::{Expression, Kind as Syntax, Step};

use crate::eval::{Scope, elements};
use crate::module::{Instance, Module, lock};
use crate::source::{Declared, Session};
use crate::value::{Kind, Node, Reason, Span, Value};

/// What a configuration of the AWS provider says.
#[derive(Debug, Default)]
pub(crate) struct Provider {
    pub(crate) region: Option<Arc<str>>,
    pub(crate) account: Option<Arc<str>>,
    /// Whether it leads to a region, or an account, that is written and not known: not that of the rest.
    pub(crate) other_region: bool,
    pub(crate) other_account: bool,
    /// The map of `default_tags`.
    pub(crate) tags: Option<Node>,
}

/// A configuration by the words of code.
struct Named {
    /// The provider's name, with `.alias`.
    name: String,
    /// Which of those that `for_each` makes, where it is known.
    key: Option<Arc<str>>,
}

impl Session<'_> {
    /// The region that a configuration leads to, where it is known.
    pub(crate) fn region_of(&self, provider: Option<&Provider>) -> Option<Arc<str>> {
        let given = || self.settings.region.clone();
        match provider {
            None => given(),
            Some(one) if one.other_region => None,
            Some(one) => one.region.clone().or_else(given),
        }
    }

    /// The account that a configuration leads to, where it is known.
    pub(crate) fn account_of(&self, provider: Option<&Provider>) -> Option<Arc<str>> {
        let given = || self.settings.account.clone();
        match provider {
            None => given(),
            Some(one) if one.other_account => None,
            Some(one) => one.account.clone().or_else(given),
        }
    }

    /// The provider configuration of a resource.
    pub(crate) fn provider_of(
        &self,
        module: &Arc<Module>,
        instance: &Arc<Instance>,
    ) -> Option<Arc<Provider>> {
        let named = instance
            .declared
            .attribute("provider")
            .and_then(|(file, attribute)| self.named(&Scope::of(module, instance, file), &attribute.value));
        let implied = || {
            let name = instance.type_name.split('_').next().unwrap_or("").to_owned();
            Named { name, key: None }
        };
        self.provider(module, &named.unwrap_or_else(implied), 0)
    }

    /// The configuration that `aws.west`, `"aws.west"` or OpenTofu's `aws.by_region["eu-west-1"]` names.
    fn named(&self, scope: &Scope, expression: &Expression) -> Option<Named> {
        if let Some(path) = expression.path() {
            return Some(Named { name: path.join("."), key: None });
        }
        if let Some(text) = expression.literal() {
            return Some(Named { name: text.to_owned(), key: None });
        }
        let Syntax::Traversal(base, steps) = &expression.kind else { return None };
        let [Step::Attribute(alias, _), Step::Index(index)] = steps.as_slice() else { return None };
        let name = format!("{}.{alias}", base.path()?.join("."));
        let key = self.lenient(scope, index).value.as_text().map(Arc::from);
        Some(Named { name, key })
    }

    /// A configuration by its name in a module: its own, or one that its caller hands down.
    ///
    /// <https://developer.hashicorp.com/terraform/language/modules/develop/providers>
    fn provider(&self, module: &Arc<Module>, named: &Named, depth: usize) -> Option<Arc<Provider>> {
        let known_by = match &named.key {
            Some(key) => format!("{}[{key}]", named.name),
            None => named.name.clone(),
        };
        if let Some(known) = lock(&module.providers).get(&*known_by) {
            return known.clone();
        }
        let name = named.name.as_str();
        let declared = module.config.providers.get(name);
        // Limit: modules within modules are counted where they are called.
        let parent = module.parent.filter(|_| depth < 64).map(|id| self.module_of(id));
        let found = match (module.handed(name), parent, declared) {
            // What is handed down stands in place of a configuration that only declares its name, as was done of old.
            (Some((file, outer)), Some(parent), _) => {
                let mut scope = Scope::new(&parent, file);
                scope.each.clone_from(&module.each);
                scope.count.clone_from(&module.count);
                let outer = self.named(&scope, outer);
                outer.and_then(|outer| self.provider(&parent, &outer, depth + 1))
            }
            (_, _, Some(declared)) => Some(Arc::new(self.read_provider(module, declared, named))),
            (None, Some(parent), None) if !name.contains('.') => self.provider(&parent, named, depth + 1),
            _ => None,
        };
        lock(&module.providers).insert(Arc::from(known_by), found.clone());
        found
    }

    /// What the names in a configuration mean: of several that `for_each` makes, those of one key.
    ///
    /// <https://opentofu.org/docs/language/providers/configuration/#for_each-multiple-instances-of-a-provider-configuration>
    pub(crate) fn provider_scope(
        &self,
        module: &Arc<Module>,
        declared: &Declared,
        key: Option<&str>,
        file: FileId,
    ) -> Scope<'static> {
        let mut scope = Scope::new(module, file);
        let Some((file, attribute)) = declared.attribute("for_each") else { return scope };
        let all = self.lenient(&Scope::new(module, file), &attribute.value);
        let found = elements(&all, all.span).ok().and_then(|(elements, _)| {
            elements.into_iter().find(|(name, _)| key.is_some() && name.value.as_text() == key)
        });
        let open = || {
            let why = Reason::Failed(Arc::from("which of several configurations it is, is not known"));
            Node::new(Value::unknown(why, Kind::Any), Span::NONE)
        };
        scope.each = Some(found.unwrap_or_else(|| (open(), open())));
        scope
    }

    fn read_provider(&self, module: &Arc<Module>, declared: &Declared, named: &Named) -> Provider {
        let scope = |file| self.provider_scope(module, declared, named.key.as_deref(), file);
        let text = |name: &str| {
            let (file, attribute) = declared.attribute(name)?;
            match self.lenient(&scope(file), &attribute.value).value {
                Value::Text(text) => Some(text),
                _ => None,
            }
        };
        let nested = |kind: &str| declared.blocks().into_iter().find(|(_, block)| &*block.kind == kind);
        let tags = nested("default_tags").and_then(|(file, block)| {
            let attribute = block.body.attribute("tags")?;
            Some(self.lenient(&scope(file), &attribute.value))
        });
        let role = nested("assume_role").and_then(|(file, block)| {
            let attribute = block.body.attribute("role_arn")?;
            self.lenient(&scope(file), &attribute.value).value.as_text().map(str::to_owned)
        });
        let allowed = declared.attribute("allowed_account_ids").and_then(|(file, attribute)| {
            let node = self.lenient(&scope(file), &attribute.value);
            match node.value.as_list().map(|list| list.items.as_slice()) {
                Some([only]) => only.value.as_text().map(Arc::from),
                _ => None,
            }
        });
        let assumed = role.and_then(|arn| arn.split(':').nth(4).filter(|id| !id.is_empty()).map(Arc::from));
        let (region, account) = (text("region"), allowed.or(assumed));
        let is_aliased = named.name.contains('.');
        let signs_in = nested("assume_role").is_some() || declared.attribute("allowed_account_ids").is_some();
        Provider {
            other_region: is_aliased && region.is_none() && declared.attribute("region").is_some(),
            other_account: is_aliased && account.is_none() && signs_in,
            region,
            account,
            tags,
        }
    }
}
