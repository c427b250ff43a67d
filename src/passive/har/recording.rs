//! Judges the exchanges of a recording.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use foldhash::HashMap;
use jiff::Timestamp;

use super::convert::{Shown, request, shown};
use super::entry::{Entry, Outline, read};
use super::error::HarError;
use super::order::{Event, Place, events, sort};
use super::split::{Next, Piece, Splitter};
use super::summary::HarSummary;
use crate::passive::base::{BaseUrls, Located};
use crate::passive::judge::{Ended, Exchanged, Started, TrafficJudge};
use crate::passive::origin::Connection;

/// How many exchanges may overlap. A recording with more is judged as if the earliest had ended.
const MAX_OPEN: usize = 1024;
/// The program whose pages are single loads of a page: Chrome and its relatives. Others count a tab as one page, with everything that is
/// loaded in it.
const ONE_PAGE_A_LOAD: &str = "\"WebInspector\"";
/// The longest duration that is believed, in milliseconds: a day.
const LONGEST_MS: f64 = 86_400_000.0;

/// Judges the exchanges of a file with the API at these base URLs. Their numbers are those of the entries, from `first` on.
///
/// # Errors
/// If the file cannot be read, or is no HAR file.
pub fn judge_har(
    judge: &mut TrafficJudge,
    bases: &BaseUrls,
    path: &Path,
    first: u64,
    is_stopped: &dyn Fn() -> bool,
) -> Result<HarSummary, HarError> {
    let failed = |source| HarError::Read { path: path.to_owned(), source };
    let mut summary = HarSummary::default();
    let mut file = File::open(path).map_err(failed)?;
    let mut places = outline(&mut file, bases, &mut summary, is_stopped).map_err(failed)?;
    let Some((places, pages_are_loads)) = places.as_mut() else { return Err(HarError::NoEntries(path.to_owned())) };
    sort(places);
    judge.may_lack_credentials();
    // What was before has happened on another clock, or long ago.
    judge.gap(0);
    let mut reader = Reader {
        file,
        bases,
        peer: path.display().to_string().into(),
        first,
        open: HashMap::default(),
        pages_are_loads: *pages_are_loads,
    };
    for event in events(places) {
        if is_stopped() {
            summary.problems.push(STOPPED.to_owned());
            break;
        }
        match event {
            Event::Began(index) => {
                let Some(place) = places.get(index) else { continue };
                reader.began(judge, index, *place, &mut summary).map_err(failed)?;
            }
            Event::Ended(index) => reader.ended(judge, index, &mut summary),
        }
    }
    Ok(summary)
}

/// What is said of a file that was not judged to its end.
const STOPPED: &str = "it was not judged to its end, because the run was interrupted or its time was over";

/// Finds the entries for the API, and whether a page is one load of it. `None` if the file has no list of entries.
fn outline(
    file: &mut File,
    bases: &BaseUrls,
    summary: &mut HarSummary,
    is_stopped: &dyn Fn() -> bool,
) -> io::Result<Option<(Vec<Place>, bool)>> {
    let mut splitter = Splitter::new(file);
    let mut places = Vec::new();
    loop {
        let (piece, text) = match splitter.next()? {
            Next::Entry(piece, text) => (piece, text),
            Next::Truncated => {
                let after = summary.entries;
                summary.problems.push(format!("it ends in the middle, after {after} entries"));
                break;
            }
            Next::End => break,
        };
        // The judging says so.
        if is_stopped() {
            break;
        }
        let number = u32::try_from(summary.entries).unwrap_or(u32::MAX);
        summary.entries += 1;
        let Some(text) = text else {
            summary.add_broken(number, "it is longer than 32 MiB");
            continue;
        };
        match read::<Outline<'_>>(text) {
            Err(why) => summary.add_broken(number, &why),
            Ok(outline) => match bases.locate(&outline.request.url) {
                None => summary.add_elsewhere(&outline.request.url),
                Some(_) => {
                    let at_ms = time(&outline.started_date_time);
                    summary.untimed += u64::from(at_ms.is_none());
                    places.push(Place { number, piece, at_ms, took_ms: duration(outline.time) });
                }
            },
        }
    }
    let pages_are_loads = splitter.begins_with(ONE_PAGE_A_LOAD);
    Ok(splitter.has_entries().then_some((places, pages_are_loads)))
}

/// Reads entries again, and hands them to the judge.
struct Reader<'r> {
    file: File,
    bases: &'r BaseUrls,
    peer: Arc<str>,
    first: u64,
    pages_are_loads: bool,
    /// The exchanges that have begun.
    open: HashMap<usize, Ended>,
}

impl Reader<'_> {
    fn began(
        &mut self,
        judge: &mut TrafficJudge,
        index: usize,
        place: Place,
        summary: &mut HarSummary,
    ) -> io::Result<()> {
        let text = self.text(place.piece)?;
        let read = read::<Outline<'_>>(&text).and_then(|outline| Ok((outline, read::<Entry>(&text)?)));
        let (outline, mut entry) = match read {
            Ok(read) => read,
            Err(why) => {
                summary.add_broken(place.number, &why);
                return Ok(());
            }
        };
        let Some(Located { base, target }) = self.bases.locate(&outline.request.url) else { return Ok(()) };
        let page: Option<Arc<str>> = entry.pageref.take().map(Into::into);
        let connection = match page {
            Some(page) if !self.pages_are_loads => {
                Connection { peer: format!("{} {page}", self.peer).into(), number: None, page: None }
            }
            page => Connection { peer: self.peer.clone(), number: None, page },
        };
        let exchanged =
            Exchanged { n: self.first + u64::from(place.number), base: base.into(), connection, at_ms: place.at_ms };
        let entry_request = std::mem::replace(&mut entry.request, empty_request());
        let (request, request_body) = request(entry_request, target);
        match shown(&mut entry, request_body) {
            Shown::FromCache => summary.cached += 1,
            Shown::Unanswered => {
                summary.unanswered += 1;
                judge.started(&Started { exchanged: &exchanged, request: &request });
            }
            Shown::Exchange(result, known) => {
                judge.started(&Started { exchanged: &exchanged, request: &request });
                let elapsed = Duration::from_millis(place.took_ms.unwrap_or(0));
                // Without a duration, when the response came is not known.
                let at_ms = exchanged.at_ms.filter(|_| place.took_ms.is_some());
                let exchanged = Exchanged { at_ms, ..exchanged };
                self.open.insert(index, Ended { exchanged, request, result, altered: None, elapsed, known });
                if self.open.len() > MAX_OPEN
                    && let Some(earliest) = self.open.keys().min().copied()
                {
                    self.ended(judge, earliest, summary);
                    judge.gap(0);
                }
            }
        }
        Ok(())
    }

    fn ended(&mut self, judge: &mut TrafficJudge, index: usize, summary: &mut HarSummary) {
        if let Some(ended) = self.open.remove(&index) {
            summary.judged += 1;
            judge.ended(ended);
        }
    }

    fn text(&mut self, piece: Piece) -> io::Result<Vec<u8>> {
        let mut text = vec![0; piece.length];
        self.file.seek(SeekFrom::Start(piece.position))?;
        self.file.read_exact(&mut text)?;
        Ok(text)
    }
}

fn empty_request() -> super::entry::EntryRequest {
    super::entry::EntryRequest { method: String::new(), headers: Vec::new(), post_data: None, body_size: None }
}

/// The time of an entry in milliseconds since 1970.
fn time(text: &str) -> Option<u64> {
    u64::try_from(text.trim().parse::<Timestamp>().ok()?.as_millisecond()).ok()
}

/// The duration of an entry in milliseconds, rounded up.
fn duration(time: Option<f64>) -> Option<u64> {
    let time = time.filter(|time| (0.0..=LONGEST_MS).contains(time))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 0 and a day")]
    let whole = time.ceil() as u64;
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::{duration, time};

    #[test]
    fn times_of_all_programs_are_read() {
        let expected = Some(1_764_320_400_123);
        for text in ["2025-11-28T09:00:00.123Z", "2025-11-28T10:00:00.123+01:00", "2025-11-28T09:00:00.123456+00:00"] {
            assert_eq!(time(text), expected, "{text}");
        }
        for text in ["", "yesterday", "2025-11-28T09:00:00", "1850-01-01T00:00:00Z"] {
            assert_eq!(time(text), None, "{text}");
        }
        assert_eq!(duration(Some(1.2)), Some(2));
        assert_eq!(duration(Some(-1.0)), None);
        assert_eq!(duration(Some(f64::NAN)), None);
    }
}
