//! The plots of the report, as SVG.

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use std::error::Error;
use std::ops::Range;

/// A named line and its points.
#[derive(Debug)]
pub struct Series<'a> {
    pub name: &'a str,
    pub points: Vec<(f64, f64)>,
}

/// A group of bars: its label, and the value of each subject that has one.
pub type Group = (String, Vec<Option<f64>>);

/// What goes wrong when a plot is drawn.
pub type Failure = Box<dyn Error>;

/// Different in lightness too, so that colour-blind readers can tell them apart.
const COLOURS: [RGBColor; 7] = [
    RGBColor(0x9a, 0x63, 0x24),
    RGBColor(0xe0, 0xa0, 0x30),
    RGBColor(0x1b, 0x6c, 0xa8),
    RGBColor(0x7f, 0xb3, 0xd5),
    RGBColor(0x88, 0x88, 0x88),
    RGBColor(0x33, 0x33, 0x33),
    RGBColor(0x5c, 0x8a, 0x3c),
];

/// Of what we are compared with, and ours, which is the last line.
const OTHERS: [RGBColor; 2] = [COLOURS[4], COLOURS[1]];
const OURS: RGBColor = COLOURS[2];

/// The height of a title and of the names below it, in pixels.
const HEAD: u32 = 40;
const LEGEND: u32 = 30;

type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

/// Writes the title, and the names with their colours in a row; returns the area below.
fn headed<'a>(
    area: &Area<'a>,
    title: &str,
    names: &[&str],
    colours: &[RGBColor],
) -> Result<Area<'a>, Failure> {
    area.fill(&WHITE)?;
    let (legend, below) = area.titled(title, ("sans-serif", 16))?.split_vertically(LEGEND);
    let style = text(12, area, HPos::Left);
    let mut at = 12;
    for (name, colour) in names.iter().zip(colours) {
        legend.draw(&Rectangle::new([(at, 8), (at + 10, 18)], colour.filled()))?;
        legend.draw(&Text::new(*name, (at + 15, 13), style.clone()))?;
        at += 35 + i32::try_from(legend.estimate_text_size(name, &style)?.0)?;
    }
    Ok(below)
}

/// Text of a size that is vertically centred at its position.
fn text<'a>(size: u32, area: &Area<'_>, edge: HPos) -> TextStyle<'a> {
    ("sans-serif", size).into_text_style(area).pos(Pos::new(edge, VPos::Center))
}

/// Lines on two logarithmic axes.
pub fn lines(title: &str, across: &str, up: &str, series: &[Series<'_>]) -> Result<String, Failure> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (760, 420)).into_drawing_area();
        let names: Vec<&str> = series.iter().map(|it| it.name).collect();
        let mut colours: Vec<RGBColor> = OTHERS.into_iter().take(series.len() - 1).collect();
        colours.push(OURS);
        let area = headed(&area, title, &names, &colours)?;
        let points = || series.iter().flat_map(|it| &it.points);
        let (x, y) = (decades(points().map(|it| it.0)), decades(points().map(|it| it.1)));
        let mut chart = ChartBuilder::on(&area)
            .margin(12)
            .margin_right(30)
            .x_label_area_size(44)
            .y_label_area_size(64)
            .build_cartesian_2d(x.log_scale(), y.log_scale())?;
        chart
            .configure_mesh()
            .x_desc(across)
            .y_desc(up)
            .light_line_style(RGBColor(0xee, 0xee, 0xee))
            .draw()?;
        for (series, colour) in series.iter().zip(colours) {
            let line = LineSeries::new(series.points.iter().copied(), colour.stroke_width(2)).point_size(3);
            chart.draw_series(line)?;
        }
        area.present()?;
    }
    Ok(svg)
}

/// The powers of ten around some values.
fn decades(values: impl Iterator<Item = f64> + Clone) -> Range<f64> {
    let least = values.clone().fold(f64::INFINITY, f64::min).log10().floor();
    let most = values.fold(f64::NEG_INFINITY, f64::max).log10().ceil();
    10_f64.powf(least)..10_f64.powf(most.max(least + 1.0))
}

/// Groups of horizontal bars on a logarithmic axis that begins at 1.
pub fn bars(title: &str, names: &[&str], groups: &[Group]) -> Result<String, Failure> {
    const BAR: f64 = 11.0;
    const GAP: f64 = 12.0;
    let bars = |(_, values): &Group| values.iter().flatten().count() as f64 * BAR;
    let height = groups.iter().map(|group| bars(group) + GAP).sum::<f64>();
    let most = groups.iter().flat_map(|group| group.1.iter().flatten()).copied().fold(2.0, f64::max);
    // Space for the figure beside the longest bar.
    let most = most * 1.25;
    let mut svg = String::new();
    {
        let size = (960, HEAD + LEGEND + height.ceil() as u32 + 50);
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        let area = headed(&area, title, names, &COLOURS)?;
        let mut chart = ChartBuilder::on(&area)
            .margin_right(20)
            .x_label_area_size(24)
            .y_label_area_size(330)
            .build_cartesian_2d((1.0..most).log_scale().base(2.0), height..0.0)?;
        chart.configure_mesh().disable_y_mesh().disable_y_axis().light_line_style(TRANSPARENT).draw()?;
        let mut top = GAP / 2.0;
        for group in groups {
            let (_, middle) = chart.backend_coord(&(1.0, top + bars(group) / 2.0));
            let (left, _) = chart.backend_coord(&(1.0, top));
            let (x, y) = area.get_base_pixel();
            area.draw(&Text::new(&*group.0, (left - 8 - x, middle - y), text(12, &area, HPos::Right)))?;
            for (value, colour) in group.1.iter().zip(COLOURS) {
                let Some(value) = value else { continue };
                let bar = Rectangle::new([(1.0, top), (value.max(1.0), top + BAR - 2.0)], colour.filled());
                let beside = (value.max(1.0), top + BAR / 2.0);
                let figure = Text::new(format!(" {value:.2}"), beside, text(10, &area, HPos::Left));
                chart.draw_series([bar])?;
                chart.draw_series([figure])?;
                top += BAR;
            }
            top += GAP;
        }
        area.present()?;
    }
    Ok(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_have_the_names_the_groups_and_the_figures() {
        let groups = [
            ("a single event".to_string(), vec![Some(4.1), None, Some(2.25)]),
            ("10,000 events, one a user".to_string(), vec![Some(31.4), Some(0.9), None]),
        ];
        let plot = bars("what it costs", &["one", "another", "ours"], &groups).expect("a plot");
        for text in ["what it costs", "another", "10,000 events, one a user", "31.40", "0.90"] {
            assert!(plot.contains(text), "{text} is missing in {plot}");
        }
    }

    #[test]
    fn lines_have_the_names_and_the_axes() {
        let series = [
            Series { name: "events only", points: vec![(1.0, 21.0), (10.0, 4.0), (1000.0, 3.2)] },
            Series { name: "es-rollup", points: vec![(1.0, 90.0), (10.0, 14.0), (1000.0, 6.1)] },
        ];
        let plot = lines("how it grows", "events", "µs", &series).expect("a plot");
        for text in ["how it grows", "events only", "es-rollup", "µs", "1000"] {
            assert!(plot.contains(text), "{text} is missing in {plot}");
        }
    }
}
