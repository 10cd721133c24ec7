//! When visits are due in the open model.

use std::time::Duration;

/// How arrivals are spaced.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Arrivals {
    /// Independent of each other, as people are: exponential gaps.
    Poisson,
    /// Evenly.
    Constant,
}

/// The offsets from the start at which visits are due, rising. Endless.
#[derive(Debug)]
pub struct Schedule {
    rate: f64,
    ramp_up: f64,
    arrivals: Arrivals,
    random: fastrand::Rng,
    /// How many visits had been expected when the last one came.
    expected: f64,
}

impl Schedule {
    /// So many visits a second, after the rate has risen evenly from none. The same seed gives the same schedule.
    pub fn new(rate: f64, ramp_up: Duration, arrivals: Arrivals, seed: u64) -> Self {
        let random = fastrand::Rng::with_seed(seed);
        Self { rate, ramp_up: ramp_up.as_secs_f64(), arrivals, random, expected: 0.0 }
    }

    /// By when so many visits are expected: the inverse of the rate's integral, a parabola and then a line.
    fn when(&self, visits: f64) -> f64 {
        if visits < self.rate * self.ramp_up / 2.0 {
            (2.0 * self.ramp_up * visits / self.rate).sqrt()
        } else {
            visits / self.rate + self.ramp_up / 2.0
        }
    }
}

impl Iterator for Schedule {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.expected += match self.arrivals {
            Arrivals::Constant => 1.0,
            // Of (0, 1], since nobody waits for ever.
            Arrivals::Poisson => -(1.0 - self.random.f64()).ln(),
        };
        Duration::try_from_secs_f64(self.when(self.expected)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn due(schedule: Schedule, until: f64) -> Vec<f64> {
        schedule.map(|due| due.as_secs_f64()).take_while(|due| *due < until).collect()
    }

    #[test]
    fn constant_arrivals_are_evenly_spaced() {
        let due = due(Schedule::new(4.0, Duration::ZERO, Arrivals::Constant, 1), 1.1);
        assert_eq!(due, [0.25, 0.5, 0.75, 1.0]);
    }

    #[test]
    fn the_rate_rises_evenly() {
        let due = due(Schedule::new(100.0, Duration::from_secs(10), Arrivals::Constant, 1), 20.0);
        let within = |from: f64, until: f64| due.iter().filter(|due| (from..until).contains(*due)).count();
        // Half of what the full rate would bring, a quarter of that in the first half, all of it afterwards.
        assert!((498..=500).contains(&within(0.0, 10.0)), "{}", within(0.0, 10.0));
        assert!((124..=126).contains(&within(0.0, 5.0)), "{}", within(0.0, 5.0));
        assert!((999..=1001).contains(&within(10.0, 20.0)), "{}", within(10.0, 20.0));
        assert!(due.is_sorted());
    }

    #[test]
    fn poisson_arrivals_have_the_rate_and_its_spread() {
        let due = due(Schedule::new(50.0, Duration::ZERO, Arrivals::Poisson, 7), 1000.0);
        let gaps: Vec<f64> = due.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let count = f64::from(u32::try_from(gaps.len()).unwrap());
        let mean = gaps.iter().sum::<f64>() / count;
        let deviation = (gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / count).sqrt();
        // Of an exponential distribution both are 1/50; with 50 000 gaps, either is within 2 % of it.
        assert!((mean * 50.0 - 1.0).abs() < 0.02, "{mean}");
        assert!((deviation * 50.0 - 1.0).abs() < 0.02, "{deviation}");
    }

    #[test]
    fn a_seed_repeats_the_schedule() {
        let of = |seed| due(Schedule::new(20.0, Duration::from_secs(1), Arrivals::Poisson, seed), 10.0);
        assert_eq!(of(3), of(3));
        assert_ne!(of(3), of(4));
    }
}
