//! How far a command is, on standard error: a bar in a terminal, and elsewhere a line every few seconds.

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt;
use std::io::{IsTerminal as _, Write as _, stderr};
use std::time::{Duration, Instant};

/// How often a line is written.
const LINES: Duration = Duration::from_secs(5);

/// How far a command is.
#[derive(Debug)]
pub(crate) struct Progress {
    what: String,
    shown: Shown,
    pace: Option<Pace>,
}

#[derive(Debug)]
enum Shown {
    Bar(ProgressBar),
    /// With the time of the last one.
    Lines(Instant),
}

/// When something was known first, and how much was done by then.
#[derive(Clone, Copy, Debug)]
struct Pace {
    begun: Instant,
    before: u64,
}

impl Progress {
    /// `what` stands at the beginning of the line.
    pub(crate) fn new(what: &str) -> Self {
        let shown = if stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(style("{msg}"));
            bar.set_message(what.to_string());
            Shown::Bar(bar)
        } else {
            Shown::Lines(Instant::now())
        };
        Self { what: what.into(), shown, pace: None }
    }

    /// How many of how many are done. The rate counts from the first call.
    pub(crate) fn set(&mut self, done: u64, all: u64) {
        let all = all.max(done);
        let pace = *self.pace.get_or_insert_with(|| {
            let pace = Pace { begun: Instant::now(), before: done };
            if let Shown::Bar(bar) = &self.shown {
                // Takes its figures when it is drawn, so that none of them is older than the others.
                let figures = move |state: &ProgressState, out: &mut dyn fmt::Write| {
                    let all = state.len().unwrap_or_default();
                    let _ = out.write_str(&figures(state.pos(), all, pace.rate(state.pos())));
                };
                bar.set_style(style("{msg} {bar:20} {figures}").with_key("figures", figures));
            }
            pace
        });
        match &mut self.shown {
            Shown::Bar(bar) => {
                if bar.length() != Some(all) {
                    bar.set_length(all);
                }
                bar.set_position(done);
            }
            Shown::Lines(last) => {
                if last.elapsed() >= LINES {
                    *last = Instant::now();
                    let _ = writeln!(stderr(), "{}  {}", self.what, figures(done, all, pace.rate(done)));
                }
            }
        }
    }

    /// A remark that stays above the bar.
    pub(crate) fn note(&self, text: &str) {
        match &self.shown {
            Shown::Bar(bar) => bar.suspend(|| {
                let _ = writeln!(stderr(), "{text}");
            }),
            Shown::Lines(_) => {
                let _ = writeln!(stderr(), "{text}");
            }
        }
    }
}

impl Drop for Progress {
    /// The bar stays as it is, and what comes next begins a line.
    fn drop(&mut self) {
        match &self.shown {
            Shown::Bar(bar) => {
                bar.abandon();
                let _ = writeln!(stderr());
            }
            Shown::Lines(_) => {}
        }
    }
}

/// So many of something.
pub(crate) fn some(count: u64, one: &str, several: &str) -> String {
    format!("{} {}", HumanCount(count), if count == 1 { one } else { several })
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("█▉▊▋▌▍▎▏ ")
}

impl Pace {
    /// How many a second; `None` as long as nothing can be said.
    fn rate(self, done: u64) -> Option<u64> {
        rate(done.saturating_sub(self.before), self.begun.elapsed())
    }
}

fn rate(done: u64, time: Duration) -> Option<u64> {
    let milliseconds = u64::try_from(time.as_millis()).ok().filter(|milliseconds| *milliseconds > 0)?;
    (done > 0).then(|| (done.saturating_mul(1000) / milliseconds).max(1))
}

fn figures(done: u64, all: u64, rate: Option<u64>) -> String {
    let percent = (done * 100).checked_div(all).unwrap_or(100);
    let counts = format!("{percent:>3}%  {}/{}", HumanCount(done), HumanCount(all));
    match rate {
        None => counts,
        Some(rate) if done < all => {
            format!("{counts}  {}/s  {} left", HumanCount(rate), short((all - done) / rate))
        }
        Some(rate) => format!("{counts}  {}/s", HumanCount(rate)),
    }
}

/// A number of seconds in at most two parts, such as 1m31s.
fn short(seconds: u64) -> String {
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds}s"),
        (hours, minutes, _) => format!("{hours}h{minutes}m"),
    }
}

/// How long something took, for a sentence.
pub(crate) fn took(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    if seconds < 10.0 { format!("{seconds:.3} s") } else { format!("{seconds:.1} s") }
}

#[cfg(test)]
mod tests {
    use super::{figures, rate, short};
    use std::time::Duration;

    #[test]
    fn figures_are_short() {
        assert_eq!(figures(305_112, 500_000, Some(2_140)), " 61%  305,112/500,000  2,140/s  1m31s left");
        assert_eq!(figures(0, 0, None), "100%  0/0");
        assert_eq!(short(7_260), "2h1m");
        assert_eq!(rate(30, Duration::from_millis(1_500)), Some(20));
    }
}
