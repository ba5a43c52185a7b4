//! The picture in Graphviz's language.
//!
//! Cards are HTML-like labels: unlike `shape=record` they can colour a heading and align two columns, and only XML's
//! five characters need escaping in them.

use std::fmt::Write;

use super::card::{self, FAINT, KEY, OPERATION, PAPER, Role, VALUE, WIRE, escape};
use super::{Picture, TensorCard, Vertex};

const SANS: &str = "Helvetica,Arial,sans-serif";
const MONO: &str = "Menlo,Consolas,DejaVu Sans Mono,monospace";

pub(super) fn write(picture: &Picture) -> String {
    let mut dot = String::new();
    let roles = card::roles(picture);
    let known = picture.vertices.len();
    // Writing to a String cannot fail.
    let _ = write!(
        dot,
        "digraph autograd {{\n  graph [rankdir={}, bgcolor=\"transparent\", nodesep=0.3, ranksep=0.45]\n  \
         node [shape=plain, fontname=\"{SANS}\", fontsize=10]\n  \
         edge [color=\"{WIRE}\", penwidth=1.3, arrowsize=0.7]\n",
        picture.rankdir
    );
    for (index, (vertex, role)) in picture.vertices.iter().zip(roles).enumerate() {
        match (vertex, role) {
            (Vertex::Tensor(tensor), Some(role)) => {
                let label = record(vertex, tensor, role, picture.data_length);
                let _ = writeln!(dot, "  v{index} [label=<{label}>]");
            }
            _ => {
                let _ = writeln!(
                    dot,
                    "  v{index} [shape=box, style=\"rounded,filled\", fillcolor=\"{}\", color=\"{}\", \
                     fontcolor=\"{}\", height=0.36, margin=\"0.14,0.04\", label=<<B>{}</B>>]",
                    OPERATION.tint,
                    OPERATION.line,
                    OPERATION.ink,
                    text(&card::title(vertex)),
                );
            }
        }
    }
    for &(from, to) in &picture.edges {
        if from < known && to < known {
            let style = if card::carries_grad(picture, (from, to)) { "" } else { " [style=dashed]" };
            let _ = writeln!(dot, "  v{from} -> v{to}{style}");
        }
    }
    dot.push_str("}\n");
    dot
}

/// A heading and, below a line, a table of two columns. Only rounded tables keep inside rounded corners: the tint is
/// the background of the card, and the white that of the inner table.
fn record(vertex: &Vertex, tensor: &TensorCard, role: Role, data_length: usize) -> String {
    let colours = role.palette();
    let mut table = format!(
        "<TABLE BORDER=\"1\" CELLBORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"0\" STYLE=\"ROUNDED\" BGCOLOR=\"{}\" \
         COLOR=\"{}\"><TR><TD><TABLE BORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"5\"><TR>\
         <TD ALIGN=\"LEFT\"><FONT COLOR=\"{2}\" POINT-SIZE=\"11\"><B>{3}</B></FONT></TD>\
         <TD ALIGN=\"RIGHT\"><FONT COLOR=\"{2}\" POINT-SIZE=\"8\">{4}</FONT></TD></TR></TABLE></TD></TR><TR><TD>\
         <TABLE BORDER=\"0\" CELLSPACING=\"0\" CELLPADDING=\"3\" STYLE=\"ROUNDED\" BGCOLOR=\"{PAPER}\">",
        colours.tint,
        colours.line,
        colours.ink,
        text(&card::title(vertex)),
        role.label(),
    );
    for row in card::rows(tensor, data_length) {
        let ink = if row.faint { FAINT } else { VALUE };
        let lines: Vec<String> = row.lines.iter().map(|line| text(line)).collect();
        let _ = write!(
            table,
            "<TR><TD ALIGN=\"LEFT\" VALIGN=\"TOP\"><FONT COLOR=\"{KEY}\" POINT-SIZE=\"9\"> {}</FONT></TD>\
             <TD ALIGN=\"LEFT\" BALIGN=\"LEFT\"><FONT FACE=\"{MONO}\" COLOR=\"{ink}\" POINT-SIZE=\"9\">{} </FONT></TD></TR>",
            row.key,
            lines.join("<BR/>"),
        );
    }
    table.push_str("</TABLE></TD></TR></TABLE>");
    table
}

/// Graphviz replaces `\N` by the name of the node and `\G` by that of the graph, even where the backslash is written
/// as an entity, but not where the backslash ends a piece of text.
fn text(line: &str) -> String {
    escape(line).replace('\\', "<FONT>\\</FONT>")
}
