//! The few kinds of plots that are needed.

use std::fmt::Write as _;

/// A named line and its points.
#[derive(Debug)]
pub struct Series<'a> {
    pub name: &'a str,
    pub points: Vec<(f64, f64)>,
}

/// From dark to light, so that colour-blind readers can tell them apart.
const COLOURS: [&str; 6] = ["#9a6324", "#e0a030", "#1b6ca8", "#7fb3d5", "#888888", "#333333"];
const STYLE: &str = "font-family: sans-serif; font-size: 12px; fill: #222";

/// The margin on either side, for long labels in wide fonts.
const MARGIN: f64 = 70.0;

fn open(width: f64, height: f64, title: &str) -> String {
    let width = width + 2.0 * MARGIN;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-{MARGIN} 0 {width} {height}\" style=\"{STYLE}\">
<rect x=\"-{MARGIN}\" width=\"{width}\" height=\"{height}\" fill=\"white\"/>
<text x=\"12\" y=\"20\" font-size=\"14\" font-weight=\"bold\">{}</text>\n",
        escaped(title)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// The powers of ten around some values, as exponents.
fn decades(values: impl Iterator<Item = f64> + Clone) -> (f64, f64) {
    let least = values.clone().fold(f64::INFINITY, f64::min).log10().floor();
    let most = values.fold(f64::NEG_INFINITY, f64::max).log10().ceil();
    (least, most.max(least + 1.0))
}

/// Lines on two logarithmic axes.
pub fn lines(title: &str, across: &str, up: &str, series: &[Series<'_>]) -> String {
    const WIDTH: f64 = 640.0;
    const HEIGHT: f64 = 360.0;
    const LEFT: f64 = 70.0;
    const RIGHT: f64 = 620.0;
    const TOP: f64 = 60.0;
    const BOTTOM: f64 = 310.0;
    let points = || series.iter().flat_map(|it| it.points.iter());
    let (x, y) = (decades(points().map(|it| it.0)), decades(points().map(|it| it.1)));
    let place = |value: f64, (from, to): (f64, f64), begin: f64, end: f64| {
        begin + (value.log10() - from) / (to - from) * (end - begin)
    };
    let mut text = open(WIDTH, HEIGHT, title);
    let mut put = |line: String| writeln!(text, "{line}").expect("text can be written to");
    for (axis, vertical) in [(x, false), (y, true)] {
        let mut exponent = axis.0;
        while exponent <= axis.1 {
            let value = 10_f64.powf(exponent);
            if vertical {
                let at = place(value, axis, BOTTOM, TOP);
                put(format!(
                    "<line x1=\"{LEFT}\" x2=\"{RIGHT}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#ddd\"/>"
                ));
                put(format!(
                    "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>",
                    LEFT - 6.0,
                    at + 4.0
                ));
            } else {
                let at = place(value, axis, LEFT, RIGHT);
                put(format!(
                    "<line x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{TOP}\" y2=\"{BOTTOM}\" stroke=\"#ddd\"/>"
                ));
                put(format!(
                    "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{value}</text>",
                    BOTTOM + 16.0
                ));
            }
            exponent += 1.0;
        }
    }
    put(format!(
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
        RIGHT,
        BOTTOM + 36.0,
        escaped(across)
    ));
    put(format!("<text x=\"12\" y=\"42\">{}</text>", escaped(up)));
    for (series, colour) in series.iter().zip(["#888888", "#1b6ca8"]) {
        let at = |point: &(f64, f64)| (place(point.0, x, LEFT, RIGHT), place(point.1, y, BOTTOM, TOP));
        let path: Vec<String> = series
            .points
            .iter()
            .map(|point| {
                let (x, y) = at(point);
                format!("{x:.1},{y:.1}")
            })
            .collect();
        put(format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            path.join(" ")
        ));
        for point in &series.points {
            let (x, y) = at(point);
            put(format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>"));
        }
        if let Some((x, y)) = series.points.last().map(at) {
            put(format!(
                "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"{colour}\">{}</text>",
                y - 8.0,
                escaped(series.name)
            ));
        }
    }
    text.push_str("</svg>\n");
    text
}

/// Groups of bars on a logarithmic axis that begins at 1.
pub fn bars(title: &str, names: &[&str], groups: &[(String, Vec<Option<f64>>)]) -> String {
    const WIDTH: f64 = 760.0;
    const LEFT: f64 = 290.0;
    const RIGHT: f64 = 690.0;
    const BAR: f64 = 9.0;
    const TOP: f64 = 64.0;
    let of_group = |values: &[Option<f64>]| values.iter().flatten().count() as f64 * BAR + 10.0;
    let bottom = TOP + groups.iter().map(|(_, values)| of_group(values)).sum::<f64>();
    let most = groups.iter().flat_map(|it| it.1.iter().flatten()).copied().fold(10.0, f64::max);
    let place = |ratio: f64| LEFT + ratio.max(1.0).ln() / most.ln() * (RIGHT - LEFT);
    let mut text = open(WIDTH, bottom + 30.0, title);
    let mut put = |line: String| writeln!(text, "{line}").expect("text can be written to");
    for (at, (name, colour)) in names.iter().zip(COLOURS).enumerate() {
        let x = 12.0 + at as f64 * 150.0;
        put(format!("<rect x=\"{x}\" y=\"32\" width=\"10\" height=\"10\" fill=\"{colour}\"/>"));
        put(format!("<text x=\"{}\" y=\"41\">{}</text>", x + 14.0, escaped(name)));
    }
    for ratio in [1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 50.0] {
        if ratio <= most {
            let x = place(ratio);
            put(format!(
                "<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{}\" y2=\"{bottom}\" stroke=\"#ddd\"/>",
                TOP - 6.0
            ));
            put(format!("<text x=\"{x:.1}\" y=\"{}\" text-anchor=\"middle\">{ratio}</text>", bottom + 16.0));
        }
    }
    let mut y = TOP;
    for (group, values) in groups {
        let middle = y + (of_group(values) - 10.0) / 2.0 + 4.0;
        put(format!(
            "<text x=\"{}\" y=\"{middle:.1}\" text-anchor=\"end\" font-size=\"11\">{}</text>",
            LEFT - 6.0,
            escaped(group)
        ));
        for (value, colour) in values.iter().zip(COLOURS) {
            let Some(value) = value else { continue };
            let width = (place(*value) - LEFT).max(1.0);
            put(format!(
                "<rect x=\"{LEFT}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{colour}\"/>",
                BAR - 1.0
            ));
            put(format!(
                "<text x=\"{:.1}\" y=\"{:.1}\" font-size=\"9\">{value:.2}</text>",
                LEFT + width + 4.0,
                y + 7.5
            ));
            y += BAR;
        }
        y += 10.0;
    }
    text.push_str("</svg>\n");
    text
}
