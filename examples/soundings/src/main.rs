//! Soundings says how much water a passage leaves below the keel of a ship, and fails
//! where it leaves none.
//!
//! Usage: soundings DRAUGHT [FILE]

use std::error::Error;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::process::ExitCode;

use lead::Sounding;

const AGROUND: u8 = 1;
const FAILED: u8 = 2;

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok((shoal, draught)) => report(&shoal, shoal.metres - draught),
        Err(e) => {
            eprintln!("soundings: {e}");
            ExitCode::from(FAILED)
        }
    }
}

/// Gives the shoalest sounding, and the ship's draught.
fn run(mut args: impl Iterator<Item = String>) -> Result<(Sounding, f64), Box<dyn Error>> {
    let draught = args.next().ok_or("usage: soundings DRAUGHT [FILE]")?;
    let draught: f64 = draught
        .parse()
        .map_err(|_| format!("no draught in metres: {draught:?}"))?;
    let soundings = lead::read(open(args.next())?)?;
    let shoal = lead::shoalest(&soundings).ok_or("no soundings")?;
    Ok((shoal.clone(), draught))
}

/// Opens a file, or standard input where none is named.
fn open(name: Option<String>) -> Result<Box<dyn BufRead>, String> {
    let Some(name) = name else {
        return Ok(Box::new(io::stdin().lock()));
    };
    let file = File::open(&name).map_err(|e| format!("{name}: {e}"))?;
    Ok(Box::new(BufReader::new(file)))
}

fn report(shoal: &Sounding, below: f64) -> ExitCode {
    if below < 0.0 {
        eprintln!(
            "soundings: aground at {}, {:.1} m short",
            shoal.place, -below
        );
        return ExitCode::from(AGROUND);
    }
    println!(
        "least water: {below:.1} m below the keel at {}",
        shoal.place
    );
    ExitCode::SUCCESS
}
