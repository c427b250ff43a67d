//! Resolution of references: `$ref`, `$dynamicRef` and `$recursiveRef`.

use jsonschema::{Uri, uri};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::schema::document::{Document, ResourceId};

impl<'a> Document<'a> {
    /// Resolves a `$ref`. `None` if the target is not in the document.
    pub(crate) fn resolve(&self, reference: &str, from: ResourceId) -> Option<(&'a Value, ResourceId)> {
        let (uri, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let resource = if uri.is_empty() {
            from
        } else {
            let target = resolve_uri(self.resources[from].base.as_ref(), uri)?;
            *self.by_uri.get(target.strip_fragment().as_str())?
        };
        let fragment = percent_decode_str(fragment).decode_utf8().ok()?;
        let root = self.resources[resource].root;
        if fragment.is_empty() {
            return Some((root, resource));
        }
        let Some(pointer) = fragment.strip_prefix('/') else {
            let target = self.resources[resource].anchors.get(&*fragment)?;
            return Some((target, resource));
        };
        let (mut at, mut within) = (root, resource);
        for segment in pointer.split('/') {
            let segment = segment.replace("~1", "/").replace("~0", "~");
            at = match at {
                Value::Object(map) => map.get(&segment)?,
                Value::Array(list) => list.get(segment.parse::<usize>().ok()?)?,
                _ => return None,
            };
            within = self.resource_of(at).unwrap_or(within);
        }
        Some((at, within))
    }

    /// Resolves a `$dynamicRef` in a dynamic scope, whose first resource is the outermost.
    pub(crate) fn resolve_dynamic(
        &self,
        reference: &str,
        from: ResourceId,
        scope: &[ResourceId],
    ) -> Option<(&'a Value, ResourceId)> {
        let (target, resource) = self.resolve(reference, from)?;
        let anchor = reference.split_once('#').map_or("", |(_, anchor)| anchor);
        let is_dynamic = target.get("$dynamicAnchor").and_then(Value::as_str) == Some(anchor);
        if !is_dynamic {
            return Some((target, resource));
        }
        let outermost = scope.iter().find_map(|candidate| {
            let found = self.resources[*candidate].dynamic.get(anchor)?;
            Some((*found, *candidate))
        });
        Some(outermost.unwrap_or((target, resource)))
    }

    /// Resolves `"$recursiveRef": "#"` in a dynamic scope.
    pub(crate) fn resolve_recursive(&self, from: ResourceId, scope: &[ResourceId]) -> (&'a Value, ResourceId) {
        let resource = if self.resources[from].recursive {
            let outermost = scope.iter().find(|candidate| self.resources[**candidate].recursive);
            outermost.copied().unwrap_or(from)
        } else {
            from
        };
        (self.resources[resource].root, resource)
    }
}

/// Resolves a URI reference against a base, in the same way as the validator.
pub(super) fn resolve_uri(base: Option<&Uri<String>>, reference: &str) -> Option<Uri<String>> {
    match base {
        Some(base) => uri::resolve_against(&base.borrow(), reference).ok(),
        None => uri::from_str(reference).ok(),
    }
}
