"""Draws size against time, both in powers of ten, as SVG: one line for each server."""

from __future__ import annotations

import math
from html import escape

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 74, 190, 50, 52

# Told apart with every kind of colour blindness, on white and on black; and by their marks.
LIGHT = ("#0b62c4", "#c2410c", "#0f766e", "#a21caf", "#713f12", "#475569")
DARK = ("#60a5fa", "#fb923c", "#2dd4bf", "#e879f9", "#fcd34d", "#cbd5e1")

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2937 }
  .title { font-size: 16px; font-weight: 600 }
  .axis { stroke: #6b7280; stroke-width: 1 }
  .grid { stroke: #d1d5db; stroke-width: 1 }
  .line { fill: none; stroke-width: 1.75; stroke-linejoin: round }
  .first { stroke-width: 3.25 }
  .name0 { font-weight: 600 }
"""
STYLE_DARK = "  text { fill: #e5e7eb } .axis { stroke: #9ca3af } .grid { stroke: #374151 }\n"


def draw(title: str, series: dict[str, list[tuple[float, float]]]) -> str:
    """The picture of `series`: by name the points (size, milliseconds). The first is drawn boldly.

    One without points is left out and keeps its colour, so that the others have theirs in every picture.
    """
    points = [p for line in series.values() for p in line]
    x0, x1 = decades(p[0] for p in points)
    y0, y1 = decades(p[1] for p in points)

    def x(n: float) -> float:
        return LEFT + (math.log10(n) - x0) / (x1 - x0) * (WIDTH - LEFT - RIGHT)

    def y(ms: float) -> float:
        return HEIGHT - BOTTOM - (math.log10(ms) - y0) / (y1 - y0) * (HEIGHT - TOP - BOTTOM)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
           f'role="img" aria-label="{escape(title)}">', f"<style>{style(len(series))}</style>",
           f'<text class="title" x="{LEFT}" y="26">{escape(title)}</text>']
    for e in range(y0, y1 + 1):
        at = y(10 ** e)
        out += [f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>',
                f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{duration(10 ** e)}</text>']
    for e in range(x0, x1 + 1):
        at = x(10 ** e)
        out += [f'<line class="axis" x1="{at:.1f}" x2="{at:.1f}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM + 5}"/>',
                f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 21}" text-anchor="middle">{10 ** e:,}</text>']
    out += [f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM}"/>',
            f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 10}" text-anchor="middle">tasks in the project</text>']
    labels = apart([(y(line[-1][1]), i) for i, line in enumerate(series.values()) if line])
    # Ours last, so that it lies on top.
    for i, (name, line) in reversed(list(enumerate(series.items()))):
        if not line:
            continue
        path = " ".join(f"{x(n):.1f},{y(v):.1f}" for n, v in line)
        out.append(f'<polyline class="line c{i}{" first" if i == 0 else ""}" points="{path}"/>')
        out += [mark(i, x(n), y(v)) for n, v in line]
        out += [f'<line class="line c{i}" x1="{WIDTH - RIGHT + 12}" x2="{WIDTH - RIGHT + 32}" y1="{labels[i]:.1f}" '
                f'y2="{labels[i]:.1f}"/>', mark(i, WIDTH - RIGHT + 22, labels[i]),
                f'<text class="name{i}" x="{WIDTH - RIGHT + 40}" y="{labels[i] + 4:.1f}">{escape(name)}</text>']
    return "\n".join([*out, "</svg>", ""])


def decades(values) -> tuple[int, int]:
    """The powers of ten around all values."""
    values = list(values)
    low, high = math.floor(math.log10(min(values)) + 1e-9), math.ceil(math.log10(max(values)) - 1e-9)
    return low, max(high, low + 1)


def duration(ms: float) -> str:
    return f"{ms / 1000:g} s" if ms >= 1000 else f"{ms:g} ms"


def apart(wanted: list[tuple[float, int]], gap: float = 20) -> dict[int, float]:
    """Places for the labels: in the order of their lines, and none on another."""
    placed: dict[int, float] = {}
    last = -math.inf
    for at, i in sorted(wanted):
        last = max(at, last + gap)
        placed[i] = last
    over = max(0.0, last - (HEIGHT - BOTTOM))
    for at, i in sorted(wanted, reverse=True):
        if over <= 0:
            break
        placed[i] -= over
        above = [p for p in placed.values() if p < placed[i]]
        over = max(0.0, max(above, default=-math.inf) + gap - placed[i])
    return placed


def mark(i: int, x: float, y: float) -> str:
    shape = i % 4
    if shape == 0:
        return f'<circle class="m{i}" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'
    if shape == 1:
        return f'<rect class="m{i}" x="{x - 4:.1f}" y="{y - 4:.1f}" width="8" height="8"/>'
    d = 5.5
    if shape == 2:
        return f'<path class="m{i}" d="M{x:.1f} {y - d:.1f}l{d} {2 * d - 1}h{-2 * d}z"/>'
    return f'<path class="m{i}" d="M{x:.1f} {y - d:.1f}l{d} {d}l{-d} {d}l{-d} {-d}z"/>'


def style(count: int) -> str:
    def colours(palette) -> str:
        return "".join(f"  .c{i} {{ stroke: {palette[i % len(palette)]} }} .m{i} {{ fill: {palette[i % len(palette)]} }}\n"
                       for i in range(count))
    return (STYLE + colours(LIGHT) + "  @media (prefers-color-scheme: dark) {\n" + STYLE_DARK + colours(DARK) + "  }\n")
