//! Views of random models: what tells their rows apart, and what each event does to them.

use super::child::Child;
use super::draft::{Draft, may};
use super::generate::{COLUMNS, Dice, KEYS, KINDS, can_be, maker, makes_sense, source};
use super::palette::TYPES;
use super::types::Ty;
use es_rollup_core::model::{
    Absent, Empty, Kind, Life, Literal, Operation, Rule, Shape, Source, Step, Tagging, Takes, Touch,
};

/// Parts of keys, of which some need quoting.
const PARTS: [&str; 2] = ["item id", "key"];

/// The types that tell rows apart.
const KEY_TYPES: [&str; 10] =
    ["i64", "String", "Uuid", "bool", "Status", "i16", "u64", "char", "NaiveDate", "Decimal"];

fn of_name(name: &str) -> &'static Ty {
    TYPES.iter().find(|ty| ty.name == name).expect("a type of the palette")
}

/// Views for half of the models, and what the drafts do to them; some more drafts do to them what would else come up too
/// seldom.
pub(super) fn draw(
    number: usize,
    tagging: &Tagging,
    drafts: &mut Vec<Draft>,
    dice: &mut Dice<'_>,
) -> Vec<Child> {
    // In the six models of a run of the usual length, each turn comes once.
    let turn = (number + number / 6) % 6;
    if !matches!(turn, 1..=3) {
        return Vec::new();
    }
    let internal = matches!(tagging, Tagging::Internal { .. });
    let count = if turn == 3 || dice.percent(30) { 2 } else { 1 };
    let children: Vec<Child> = (0..count).map(|at| child(at, turn, internal, dice)).collect();
    for (at, child) in children.iter().enumerate() {
        let mut hand = Hand { at, child, tagging, dice };
        drafts.extend(hand.certain(turn));
    }
    for draft in drafts.iter_mut().filter(|draft| draft.variant.life != Life::Delete) {
        draft.views.resize(count, Rule::NOTHING);
        for (at, child) in children.iter().enumerate() {
            if draft.views[at] == Rule::NOTHING && dice.percent(25) {
                let rule = Hand { at, child, tagging, dice }.any(draft);
                draft.views[at] = rule;
            }
        }
    }
    children
}

fn child(at: usize, turn: usize, internal: bool, dice: &mut Dice<'_>) -> Child {
    let count = match (at, turn) {
        (0, 1) => 2,
        (0, _) => dice.between(1, 2),
        // At most one row an entity.
        (_, 3) => 0,
        (_, _) => dice.between(0, 2),
    };
    let part = |(place, name): (usize, &&str)| {
        let ty = match (at, place, turn) {
            (0, 0, 1) => "i64",
            (0, 0, 2) => *dice.pick(&["String", "Status", "bool"]),
            (0, 0, _) => *dice.pick(&["Uuid", "String"]),
            (_, _, _) => *dice.pick(&KEY_TYPES),
        };
        ((*name).to_string(), of_name(ty))
    };
    let parts = PARTS[..count].iter().enumerate().map(part).collect();
    let mut columns: Vec<(String, Kind, &'static Ty)> = Vec::new();
    if turn == 1 && at == 0 {
        columns.push(("certain_number".into(), Kind::Counter, of_name("i32")));
    }
    for _ in 0..dice.between(0, 3) {
        let kind = *dice.pick(&KINDS);
        let fitting: Vec<&'static Ty> =
            TYPES.iter().filter(|ty| can_be(kind, ty) && !(internal && ty.is_wide())).collect();
        let name = (*dice.pick(&COLUMNS)).to_string();
        if !columns.iter().any(|(other, ..)| *other == name) {
            columns.push((name, kind, *dice.pick(&fitting)));
        }
    }
    Child { name: ["items", "it's one"][at].into(), parts, columns }
}

/// What draws rules of one view.
struct Hand<'a, 'd> {
    at: usize,
    child: &'a Child,
    tagging: &'a Tagging,
    dice: &'a mut Dice<'d>,
}

impl Hand<'_, '_> {
    /// Variants that do everything to the view that can be done to it.
    fn certain(&mut self, turn: usize) -> Vec<Draft> {
        let all = self.at == 0;
        let mut drafts = Vec::new();
        for touch in [Touch::Create, Touch::Add, Touch::Change, Touch::Remove, Touch::Delete] {
            if all || matches!(touch, Touch::Add | Touch::Delete) || self.dice.percent(40) {
                drafts.push(self.with(&format!("{touch:?}"), Shape::Struct, |hand, draft| {
                    hand.one(draft, touch, touch == Touch::Add, all && turn == 1 && touch == Touch::Create)
                }));
            }
        }
        let empties = |empty| Rule { empty: Some(empty), ..Rule::NOTHING };
        if all || self.dice.percent(40) {
            drafts.push(self.with("Empty", Shape::Unit, |_, _| empties(Empty::All)));
        }
        if self.child.parts.is_empty() {
            return drafts;
        }
        if all || self.dice.percent(40) {
            drafts.push(self.with("Match", Shape::Struct, |hand, draft| empties(hand.matching(draft))));
        }
        drafts.push(self.with("Replace", Shape::Struct, |hand, draft| Rule {
            empty: Some(Empty::All),
            ..hand.each(draft, Touch::Create, false)
        }));
        let touches = [Touch::Add, Touch::Remove, Touch::Create, Touch::Delete, Touch::Change];
        let touch = *self.dice.pick(&touches[..2]);
        drafts.push(self.with("Objects", Shape::Struct, |hand, draft| hand.each(draft, touch, true)));
        let touch = *self.dice.pick(&touches);
        drafts.push(self.with("Elements", Shape::Struct, |hand, draft| hand.each(draft, touch, false)));
        if !matches!(self.tagging, Tagging::Internal { .. }) {
            drafts.push(self.with("List", Shape::Newtype, |hand, draft| hand.each(draft, Touch::Add, false)));
        }
        drafts
    }

    /// A variant with a rule for the view.
    fn with(&mut self, name: &str, shape: Shape, rule: impl FnOnce(&mut Self, &mut Draft) -> Rule) -> Draft {
        let mut draft = Draft::new(format!("{name} {}", self.child.name), shape, Life::Change);
        let rule = rule(self, &mut draft);
        draft.views.resize(self.at, Rule::NOTHING);
        draft.views.push(rule);
        draft
    }

    /// Any rule that the variant can have.
    fn any(&mut self, draft: &mut Draft) -> Rule {
        let touch = *self.dice.pick(&Touch::ALL);
        let can_each = draft.variant.shape == Shape::Struct && !self.child.parts.is_empty();
        if touch == Touch::Nothing {
            let empty = if self.child.parts.is_empty() || self.dice.percent(30) {
                Empty::All
            } else {
                self.matching(draft)
            };
            return Rule { empty: Some(empty), ..Rule::NOTHING };
        }
        if can_each && self.dice.percent(30) {
            let objects = self.dice.percent(50);
            return self.each(draft, touch, objects);
        }
        let rule = self.one(draft, touch, false, false);
        let empty = match (touch, self.dice.between(0, 9)) {
            (Touch::Create | Touch::Add, 0) => Some(Empty::All),
            (Touch::Create | Touch::Add, 1) if !self.child.parts.is_empty() => Some(self.matching(draft)),
            (
                Touch::Create | Touch::Add | Touch::Change | Touch::Remove | Touch::Delete | Touch::Nothing,
                _,
            ) => None,
        };
        Rule { empty, ..rule }
    }

    /// A rule for one row. `all`: it brings a value to each column. `counted`: the first part is the sequence.
    fn one(&mut self, draft: &mut Draft, touch: Touch, all: bool, counted: bool) -> Rule {
        let parts = self.child.parts.iter().enumerate();
        let key = parts
            .map(|(at, (_, ty))| if counted && at == 0 { Source::Sequence } else { self.key(draft, ty) })
            .collect();
        let steps = match (touch.keeps(), all) {
            (false, _) => Vec::new(),
            (true, true) => self.makers(draft),
            (true, false) => self.steps(draft, None),
        };
        Rule { empty: None, touch, each: None, key, steps }
    }

    /// Some parts of the key with values.
    fn matching(&mut self, draft: &mut Draft) -> Empty {
        let count = self.child.parts.len();
        let first = self.dice.between(0, count - 1);
        let mut parts = vec![(first, self.key(draft, self.child.parts[first].1))];
        if count > 1 && self.dice.percent(25) {
            let other = 1 - first;
            parts.push((other, self.key(draft, self.child.parts[other].1)));
        }
        Empty::Matching(parts)
    }

    /// A rule for the row of each element, which is a part of the key or an object with parts of it.
    fn each(&mut self, draft: &mut Draft, touch: Touch, objects: bool) -> Rule {
        let parts = &self.child.parts;
        let from = self.dice.between(0, parts.len() - 1);
        let ty = parts[from].1;
        let keys = match draft.variant.shape {
            Shape::Struct => {
                let mut keys = vec![format!("each {}", draft.variant.fields.len())];
                if self.dice.percent(30) {
                    keys.push(format!("or each {}", draft.variant.fields.len()));
                }
                keys
            }
            Shape::Newtype | Shape::Tuple | Shape::Unit => Vec::new(),
        };
        let (optional, absent) = match self.dice.between(0, 5) {
            // A content is always there.
            _ if keys.is_empty() => (false, Absent::Refused),
            0 => (true, Absent::None),
            1 => (true, Absent::Refused),
            2 => (false, Absent::Default),
            _ => (false, Absent::Refused),
        };
        // One that the variant has already, as that of which a set of the rollup's own is kept.
        let shared = draft.shared(ty, true).filter(|at| {
            let field = &draft.variant.fields[*at];
            let is_plain = field.path.is_empty() && !matches!(field.absent, Absent::Literal(_));
            is_plain && field.origin == es_rollup_core::model::Origin::Payload
        });
        let each = shared.filter(|_| !objects).unwrap_or_else(|| {
            let each = draft.collection((!objects).then_some(ty), keys, optional, absent);
            if !objects && ty.is_ordered() && self.dice.percent(40) {
                draft.ascending();
            }
            each
        });
        let mut key = Vec::new();
        for (at, (_, ty)) in parts.iter().enumerate() {
            key.push(match (at == from, objects) {
                (true, false) => draft.in_element(each, ty, Vec::new(), false, Absent::Refused),
                (true, true) => self.inside(draft, each, ty, true),
                (false, true) if self.dice.percent(60) => self.inside(draft, each, ty, true),
                (false, _) => self.key(draft, ty),
            });
        }
        let steps = if touch.keeps() { self.steps(draft, Some((each, objects))) } else { Vec::new() };
        Rule { empty: None, touch, each: Some(each), key, steps }
    }

    /// A value of its own inside the elements. That of a key is always there.
    fn inside(&mut self, draft: &mut Draft, each: usize, ty: &'static Ty, of_key: bool) -> Source {
        let name = format!("{} in {}", self.dice.pick(&KEYS), draft.variant.fields.len());
        let path = if self.dice.percent(70) { vec![name] } else { vec![name, "0".into()] };
        let optional = !of_key && self.dice.percent(35);
        let absent = match self.dice.between(0, 9) {
            0 if !ty.literals().is_empty() => Absent::Literal(self.dice.pick(&ty.literals()).clone()),
            0..=4 if optional => Absent::None,
            _ => Absent::Refused,
        };
        draft.in_element(each, ty, path, optional, absent)
    }

    /// Where the value of a part of a key comes from.
    fn key(&mut self, draft: &mut Draft, ty: &'static Ty) -> Source {
        let literal = |hand: &mut Self| {
            let all = ty.literals();
            (!all.is_empty()).then(|| Source::Literal(hand.dice.pick(&all).clone()))
        };
        let is_struct = draft.variant.shape == Shape::Struct;
        match self.dice.between(0, 19) {
            0 | 1 if ty.name == "i64" => return Source::Sequence,
            0..=2 => {
                if let Some(literal) = literal(self) {
                    return literal;
                }
            }
            3 | 4 => return self.in_context(draft, ty),
            5 | 6 if is_struct => {
                let shared = draft.shared(ty, false);
                let is_there = |at: &usize| !draft.variant.fields[*at].optional;
                if let Some(at) = shared.filter(is_there) {
                    return Source::Field(at);
                }
            }
            7 if is_struct => {
                let key = format!("around {}", draft.variant.fields.len());
                let whole = (self.dice.percent(50), Absent::Refused);
                return draft.inside(ty, key, vec!["it's".into()], false, false, whole);
            }
            _ => {}
        }
        if is_struct {
            let absent = match self.dice.between(0, 9) {
                0 if ty.default().is_some() => Absent::Default,
                1 if !ty.literals().is_empty() => Absent::Literal(self.dice.pick(&ty.literals()).clone()),
                _ => Absent::Refused,
            };
            let mut keys = vec![format!("{} {}", self.dice.pick(&KEYS), draft.variant.fields.len())];
            if self.dice.percent(20) {
                keys.push(format!("or {}", draft.variant.fields.len()));
            }
            return draft.field(ty, keys, false, false, absent);
        }
        literal(self).unwrap_or_else(|| self.in_context(draft, ty))
    }

    fn in_context(&mut self, draft: &mut Draft, ty: &'static Ty) -> Source {
        let key = format!("{} chooses {}", draft.variant.name, draft.variant.fields.len());
        let path = if self.dice.percent(50) { vec![key] } else { vec!["é".into(), key] };
        draft.in_context(ty, path, false, false)
    }

    /// Something for each column, so that each has held a value.
    fn makers(&mut self, draft: &mut Draft) -> Vec<Step> {
        let mut steps = Vec::new();
        for (column, (_, kind, ty)) in self.child.columns.iter().enumerate() {
            let operation = maker(*kind);
            let keys = vec![format!("brings {column}")];
            let optional = self.dice.percent(25);
            let source = draft.field(ty, keys, false, optional, Absent::Refused);
            steps.push(Step { column, operation, source });
        }
        steps
    }

    /// Some operations on columns, each from any source; within an element also from that.
    fn steps(&mut self, draft: &mut Draft, each: Option<(usize, bool)>) -> Vec<Step> {
        let columns = &self.child.columns;
        let mut steps: Vec<Step> = Vec::new();
        for _ in 0..if columns.is_empty() { 0 } else { self.dice.between(0, 3) } {
            let column = self.dice.between(0, columns.len() - 1);
            let (_, kind, ty) = columns[column];
            let possible: Vec<Operation> = Operation::ALL
                .into_iter()
                .filter(|operation| makes_sense(*operation, kind, ty) && may(&steps, column, *operation))
                .collect();
            if possible.is_empty() {
                continue;
            }
            let operation = *self.dice.pick(&possible);
            let takes = operation.definition().takes != Takes::Nothing;
            let found = match each {
                Some((each, true)) if takes && self.dice.percent(60) => {
                    Some(self.inside(draft, each, ty, false))
                }
                Some((each, false)) if takes && self.dice.percent(30) => {
                    let is_of_type = draft.shared(ty, true) == Some(each);
                    is_of_type.then(|| draft.in_element(each, ty, Vec::new(), false, Absent::Refused))
                }
                Some(_) | None => source(draft, operation, column, ty, self.tagging, self.dice),
            };
            // A row that counts its events.
            let counted = (operation == Operation::Increment && found.is_none())
                .then_some(Source::Literal(Literal::Integer(1)));
            if let Some(source) = found.or(counted) {
                steps.push(Step { column, operation, source });
            }
        }
        steps
    }
}
