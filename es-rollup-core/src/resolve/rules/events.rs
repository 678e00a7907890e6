//! The rules for what one event does.

use super::super::column::{Decision, DeclaredColumn};
use super::super::declare::Marked;
use super::super::fault::Faults;
use super::super::meaning::Meaning;

/// Every variant says what it does, without contradiction.
pub(super) fn check_decisions(meaning: &Meaning<'_>, views: &[Meaning<'_>], faults: &mut Faults) {
    for (at, (variant, decision)) in meaning.input.variants.iter().zip(&meaning.decisions).enumerate() {
        let Marked { is: name, mark } = &variant.name;
        let Decision { create, delete, ignore, .. } = decision;
        // An operation without a step was reported.
        let acts = meaning.own_steps(decision).next().is_some()
            || variant.words.iter().any(|word| word.key.is_operation());
        let decided = create.is_some() || delete.is_some() || acts;
        // Keys that should accompany an operation were reported.
        let unaccompanied =
            variant.fields.iter().flat_map(|field| &field.words).any(|one| one.key.detail().is_some());
        let in_view = views.iter().find(|view| view.first_mark(at).is_some());
        if let (Some(mark), Some(view)) = (ignore, in_view) {
            let view = view.called();
            faults.add(*mark, format!("`{name}` changes {view}, so it is not ignored; remove `ignore`"));
        }
        match (ignore, delete) {
            (None, None) if in_view.is_some() => {}
            (None, None) if !decided && !unaccompanied && !variant.wire.is_empty() => faults.add(
                *mark,
                format!("nothing says what `{name}` does to the rollup; add an operation, or write `#[rollup(ignore)]` on it"),
            ),
            (Some(mark), _) if decided => faults.add(
                *mark,
                format!("`{name}` is ignored, so it cannot change the rollup; remove `ignore` or the other keys"),
            ),
            (None, Some(mark)) if create.is_some() || acts => faults.add(
                *mark,
                format!("`{name}` deletes the row, so its other keys have no effect; remove `delete` or the other keys"),
            ),
            (None | Some(_), None | Some(_)) => {}
        }
        if let (Some(mark), true) = (create, variant.other) {
            faults.add(
                *mark,
                format!("`{name}` matches every unknown event, and an unknown event cannot create a row; remove `create`"),
            );
        }
    }
}

/// An event writes a column once, unless each operation builds on the one before.
pub(super) fn check_conflicts(meaning: &Meaning<'_>, faults: &mut Faults) {
    for (variant, decision) in meaning.input.variants.iter().zip(&meaning.decisions) {
        for (at, (column, step)) in decision.steps.iter().enumerate() {
            let DeclaredColumn { name, steps, .. } = &meaning.columns[*column];
            let kind = meaning.columns[*column].kind();
            let goes_on = |step: &usize| steps[*step].operation.accumulates();
            // An operation that does not work on the column's kind was reported.
            let able = |step: &usize| steps[*step].operation.works_on(kind);
            let earlier = decision.steps[..at].iter().find(|(other, first)| {
                other == column && !(goes_on(first) && goes_on(step)) && able(first) && able(step)
            });
            let (now, again) = (&steps[*step], |at: &usize| steps[*at].everywhere.is_some());
            // A column that is written twice on the enum is reported once rather than for each variant.
            let reported = |first: &usize| {
                again(first)
                    && again(step)
                    && !meaning.columns[*column].written().any(|one| std::ptr::eq(one, now))
            };
            if let Some((_, first)) = earlier.filter(|(_, first)| !reported(first)) {
                let event = &variant.name.is;
                faults.add(steps[*step].mark, format!("`{event}` writes `{name}` twice; keep one"));
                faults.add(steps[*first].mark, format!("`{name}` is first written here"));
            }
        }
    }
}

/// A variant that serde never reads does nothing.
pub(super) fn check_skipped(meaning: &Meaning<'_>, faults: &mut Faults) {
    for (variant, decision) in meaning.input.variants.iter().zip(&meaning.decisions) {
        let Marked { is: name, mark } = &variant.name;
        if variant.wire.is_empty()
            && (decision.create.is_some() || decision.delete.is_some() || !decision.steps.is_empty())
        {
            faults.add(*mark, format!("serde never reads `{name}`, so it cannot change the rollup; remove its rollup keys or the `skip`"));
        }
    }
}
