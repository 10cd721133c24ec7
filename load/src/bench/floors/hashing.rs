//! Nothing but Argon2id with ChatLink's default parameters, on all cores, each thread with memory of its own that it
//! keeps.

use std::{
    io::{self, Write as _},
    num::NonZero,
    thread,
    time::Duration,
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::bench::clock::now;

const MEMORY_KIB: u32 = 19_456;
const ITERATIONS: u32 = 2;
const LANES: u32 = 1;
const OUTPUT_BYTES: usize = 32;

/// Hashes for a while.
#[derive(Args, Debug)]
pub struct Hash {
    #[arg(long)]
    seconds: f64,
}

/// How far it came.
#[derive(Debug, Deserialize, Serialize)]
pub struct Hashed {
    /// Hashes a second.
    pub rate: f64,
}

impl Hash {
    /// Says how many.
    pub fn run(&self) -> io::Result<()> {
        let time = Duration::try_from_secs_f64(self.seconds).map_err(io::Error::other)?;
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let threads: Vec<_> = (0..cores).map(|_| thread::spawn(move || rate(time))).collect();
        let rates = threads.into_iter().map(|thread| thread.join().map_err(|_| io::Error::other("a thread died"))?);
        let rate = rates.sum::<io::Result<f64>>()?;
        let line = serde_json::to_string(&Hashed { rate })?;
        io::stdout().write_all(format!("{line}\n").as_bytes())
    }
}

/// How many a second one thread does: whole hashes, by the time that they took.
fn rate(time: Duration) -> io::Result<f64> {
    let params = Params::new(MEMORY_KIB, ITERATIONS, LANES, Some(OUTPUT_BYTES)).map_err(io::Error::other)?;
    let mut memory = vec![Block::new(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut hash = || {
        let mut output = [0; OUTPUT_BYTES];
        let hashed = argon2.hash_password_into_with_memory(b"seven violet kettles", &[7; 16], &mut output, &mut memory);
        hashed.map_err(io::Error::other)
    };
    // The first one touches the memory.
    hash()?;
    let (began, mut hashes) = (now(), 0_u32);
    while began.elapsed() < time {
        hash()?;
        hashes += 1;
    }
    Ok(f64::from(hashes) / began.elapsed().as_secs_f64())
}
