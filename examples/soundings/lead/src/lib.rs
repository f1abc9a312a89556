//! Soundings as a leadsman calls them: one on a line, the place, a colon, the depth in
//! metres. Empty lines and those that start with `#` are left out.

use std::fmt;
use std::io::{self, BufRead};

/// A depth that was measured at a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Sounding {
    pub place: String,
    pub metres: f64,
}

/// Why there are no soundings, and from which line on.
#[derive(Debug)]
pub enum Error {
    Read(io::Error),
    Line { number: usize, wrong: String },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Error::Read(e) => write!(f, "{e}"),
            Error::Line { number, wrong } => write!(f, "line {number}: {wrong}"),
        }
    }
}

impl std::error::Error for Error {}

/// Reads soundings to the end.
pub fn read(input: impl BufRead) -> Result<Vec<Sounding>, Error> {
    let mut soundings = Vec::new();
    for (i, line) in input.lines().enumerate() {
        let line = line.map_err(Error::Read)?;
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let sounding = parse(line).map_err(|wrong| Error::Line { number: i + 1, wrong })?;
        soundings.push(sounding);
    }
    Ok(soundings)
}

fn parse(line: &str) -> Result<Sounding, String> {
    let (place, depth) = line
        .rsplit_once(':')
        .ok_or("no colon between place and depth")?;
    let depth = depth.trim();
    match depth.parse::<f64>() {
        Ok(metres) if metres.is_finite() => Ok(Sounding { place: place.trim().to_string(), metres }),
        _ => Err(format!("no depth in metres: {depth:?}")),
    }
}

/// The sounding with the least water; `None` of none.
pub fn shoalest(soundings: &[Sounding]) -> Option<&Sounding> {
    soundings.iter().min_by(|a, b| a.metres.total_cmp(&b.metres))
}
