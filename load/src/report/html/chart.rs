//! A line chart as SVG.

use std::fmt::Write as _;

use serde_json::json;

use super::escape::escape;

const WIDTH: f64 = 520.0;
const HEIGHT: f64 = 230.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 30.0;

/// A line. Its points rise in x; a gap is where there was nothing.
#[derive(Debug)]
pub struct Series {
    pub name: String,
    /// Which of the colours.
    pub colour: usize,
    pub points: Vec<(f64, f64)>,
}

/// What is drawn.
#[derive(Debug)]
pub struct Chart {
    pub title: &'static str,
    pub unit: &'static str,
    pub series: Vec<Series>,
    /// Where x has a mark, with its words.
    pub marks: Vec<(f64, String)>,
    pub x_label: &'static str,
    pub x: (f64, f64),
    /// From where to where was measured; the rest is shaded.
    pub measured: (f64, f64),
    /// A level to compare with.
    pub target: Option<f64>,
}

impl Chart {
    /// The figure; nothing where there is nothing to draw.
    pub fn render(&self) -> String {
        let mut svg = String::new();
        if self.series.iter().all(|series| series.points.is_empty()) {
            return svg;
        }
        // Writing to a string does not fail.
        let _ = self.write(&mut svg);
        svg
    }

    fn write(&self, svg: &mut String) -> std::fmt::Result {
        let highest = self.series.iter().flat_map(|series| series.points.iter().map(|(_, y)| *y));
        let (top, step) = scale(highest.chain(self.target).fold(0.0, f64::max));
        let at = |x: f64, y: f64| (self.across(x), TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - y / top));
        writeln!(
            svg,
            "<figure><figcaption><b>{}</b> <small>{}</small></figcaption>",
            escape(self.title),
            escape(self.unit)
        )?;
        self.write_legend(svg)?;
        let points: Vec<_> = self
            .series
            .iter()
            .map(|series| json!({ "name": series.name, "colour": series.colour, "points": series.points.iter().map(|&(x, y)| (x, at(x, y).0, y)).collect::<Vec<_>>() }))
            .collect();
        let data = json!({ "unit": self.unit, "x": self.x_label, "series": points }).to_string();
        writeln!(
            svg,
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\" data-chart=\"{}\">",
            escape(self.title),
            escape(&data)
        )?;
        for (from, to) in [(self.x.0, self.measured.0), (self.measured.1, self.x.1)] {
            let (left, right) = (self.across(from.max(self.x.0)), self.across(to.min(self.x.1)));
            if right > left {
                let (width, height) = (right - left, HEIGHT - TOP - BOTTOM);
                writeln!(
                    svg,
                    "<rect class=\"lead\" x=\"{left:.1}\" y=\"{TOP}\" width=\"{width:.1}\" height=\"{height}\"/>"
                )?;
            }
        }
        self.write_axes(svg, top, step)?;
        if let Some(target) = self.target {
            let (_, y) = at(0.0, target);
            writeln!(
                svg,
                "<line class=\"target\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>",
                WIDTH - RIGHT
            )?;
        }
        for series in &self.series {
            write!(svg, "<polyline class=\"line c{}\" points=\"", series.colour)?;
            for (x, y) in series.points.iter().map(|&(x, y)| at(x, y)) {
                write!(svg, "{x:.1},{y:.1} ")?;
            }
            svg.push_str("\"/>\n");
        }
        writeln!(
            svg,
            "<line class=\"cursor\" y1=\"{TOP}\" y2=\"{}\" visibility=\"hidden\"/>\n</svg></figure>",
            HEIGHT - BOTTOM
        )
    }

    fn across(&self, x: f64) -> f64 {
        let (from, to) = self.x;
        LEFT + (WIDTH - LEFT - RIGHT) * (x - from) / (to - from).max(f64::MIN_POSITIVE)
    }

    fn write_legend(&self, svg: &mut String) -> std::fmt::Result {
        svg.push_str("<div class=\"legend\">");
        for series in &self.series {
            write!(svg, "<span class=\"c{}\">{}</span>", series.colour, escape(&series.name))?;
        }
        if self.target.is_some() {
            svg.push_str("<span class=\"target\">asked for</span>");
        }
        svg.push_str("</div>\n");
        Ok(())
    }

    fn write_axes(&self, svg: &mut String, top: f64, step: f64) -> std::fmt::Result {
        let mut level = 0.0;
        while level <= top * 1.001 {
            let y = TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - level / top);
            writeln!(svg, "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/>", WIDTH - RIGHT)?;
            writeln!(
                svg,
                "<text class=\"y\" x=\"{}\" y=\"{:.1}\">{}</text>",
                LEFT - 6.0,
                y + 4.0,
                number(level, step)
            )?;
            level += step;
        }
        for (x, words) in &self.marks {
            let (x, y) = (self.across(*x), HEIGHT - BOTTOM + 18.0);
            writeln!(svg, "<text class=\"x\" x=\"{x:.1}\" y=\"{y}\">{}</text>", escape(words))?;
        }
        Ok(())
    }
}

/// A round top for an axis, and a round step that has it four or five times.
pub fn scale(highest: f64) -> (f64, f64) {
    if highest <= 0.0 || !highest.is_finite() {
        return (1.0, 0.25);
    }
    let rough = highest / 4.0;
    let power = 10_f64.powf(rough.log10().floor());
    let step = [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|of| of * power).find(|step| *step >= rough * 0.999);
    let step = step.unwrap_or(power * 10.0);
    ((highest / step).ceil() * step, step)
}

/// As many digits as the step has.
fn number(value: f64, step: f64) -> String {
    if value >= 10_000.0 {
        return format!("{:.0}k", value / 1e3);
    }
    // The least that write the step exactly; steps have two figures at most.
    let digits = (0..4).find(|digits| (step * 10_f64.powi(*digits)).fract().abs() < 1e-9).unwrap_or(4);
    let digits = usize::try_from(digits).unwrap_or_default();
    format!("{value:.digits$}")
}

/// Round marks for seconds from none to so many.
pub fn seconds(until: f64) -> Vec<(f64, String)> {
    const STEPS: [f64; 14] =
        [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0, 14400.0];
    let step = STEPS.into_iter().find(|step| until / step <= 8.0).unwrap_or(28800.0);
    let mut marks = Vec::new();
    let mut at = 0.0;
    while at <= until {
        let words = match step {
            step if step >= 3600.0 => format!("{:.0} h", at / 3600.0),
            step if step >= 60.0 => format!("{:.0} min", at / 60.0),
            _ => format!("{at:.0} s"),
        };
        marks.push((at, words));
        at += step;
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_end_on_round_numbers() {
        assert_eq!(scale(0.0), (1.0, 0.25));
        assert_eq!(scale(9.7), (10.0, 2.5));
        assert_eq!(scale(41.0), (60.0, 20.0));
        assert_eq!(scale(1000.0), (1000.0, 250.0));
        assert_eq!(number(2.5, 2.5), "2.5");
        assert_eq!((number(0.75, 0.25), number(0.4, 0.2)), ("0.75".to_owned(), "0.4".to_owned()));
        assert_eq!(number(20_000.0, 5000.0), "20k");
        assert_eq!(seconds(90.0).last().unwrap().1, "90 s");
        assert_eq!(seconds(3600.0).last().unwrap().1, "60 min");
    }

    #[test]
    fn what_others_named_is_escaped() {
        let series = Series { name: "<b>\"x\"".into(), colour: 0, points: vec![(0.0, 1.0), (1.0, 2.0)] };
        let chart = Chart {
            title: "t",
            unit: "ms",
            series: vec![series],
            marks: seconds(1.0),
            x_label: "s",
            x: (0.0, 1.0),
            measured: (0.0, 1.0),
            target: None,
        };
        let svg = chart.render();
        assert!(!svg.contains("<b>\"x") && svg.contains("&lt;b&gt;&quot;x&quot;"), "{svg}");
        assert_eq!(svg.matches("<polyline").count(), 1);
        assert_eq!(Chart { series: Vec::new(), ..chart }.render(), "");
    }
}
