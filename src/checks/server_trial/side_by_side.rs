//! Parts of a check that have nothing to do with each other, judged side by side.

use std::sync::Arc;

use super::ServerTrial;
use crate::checks::case_scope::{CaseScope, side_by_side};
use crate::checks::finding::Judgement;
use crate::subject::Member;

impl ServerTrial<'_> {
    /// Judges each of the items, all side by side. The results count in the order of the items: the first that is an error is the
    /// result, and what was judged after it does not count.
    ///
    /// # Errors
    /// The first error.
    pub async fn each<T, F>(&self, items: impl IntoIterator<Item = T>, judge: impl Fn(T) -> F) -> Judgement
    where
        F: Future<Output = Judgement>,
    {
        let own = CaseScope::current();
        let member = own.as_ref().and_then(|own| own.member.as_ref()).or(self.member.as_ref());
        let parts: Vec<(Arc<CaseScope>, F)> = items
            .into_iter()
            .map(|item| (CaseScope::new(self.evidence.part(), member.map(Member::another)), judge(item)))
            .collect();
        let scopes: Vec<Arc<CaseScope>> = parts.iter().map(|(scope, _)| scope.clone()).collect();
        let judged = side_by_side(member, parts).await;
        scopes.iter().for_each(|scope| self.absorb_progress(scope));
        for (scope, judgement) in scopes.iter().zip(judged) {
            self.evidence.absorb(scope);
            judgement?;
        }
        Ok(())
    }
}
