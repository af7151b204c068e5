/*
 * What the pictures of the satisfaction page consist of: configurations of Chart.js from the figures of the server.
 * Nothing here asks the server or knows the page. `text` holds the translated words.
 */

export const COLOURS = {
    index: "#4a7ebb",
    own: "#7fb27f",
    goal: "#c0504d",
    below: "#d99a4e",
    marks: ["#3f8f5b", "#8fc08f", "#e3c55b", "#c0504d"],
};
const MARKS = ["very_count", "fairly_count", "basically_count", "not_count"];
const LABEL_WIDTH = 26;

/** A rate as text, a dash where nothing was collected. */
export function percent(value) {
    return value === null || value === undefined ? "–" : `${value.toFixed(1)} %`;
}

/** Break a long name into lines for an axis; Han signs count twice. */
export function wrapLabel(name, width = LABEL_WIDTH) {
    const size = (text) => [...text].reduce((sum, sign) => sum + (sign.charCodeAt(0) > 0x2e80 ? 2 : 1), 0);
    const lines = [""];
    for (const part of name.match(/[⺀-￿]|[^\s⺀-￿]+\s*|\s+/g) || []) {
        if (lines.at(-1) && size(lines.at(-1) + part.trimEnd()) > width) {
            lines.push("");
        }
        lines[lines.length - 1] += part;
    }
    return lines.slice(0, 3).map((line, place) => (place === 2 && lines.length > 3 ? `${line.trimEnd()} …` : line));
}

function base(onPick) {
    return {
        responsive: true,
        maintainAspectRatio: false,
        animation: false,
        onClick: (ev, elements) => elements.length && onPick?.(elements[0].index, elements[0].datasetIndex),
        onHover: (ev, elements) => {
            ev.native.target.style.cursor = onPick && elements.length ? "pointer" : "default";
        },
    };
}

function percentScale(extra = {}) {
    return { min: 0, max: 100, ticks: { callback: (value) => `${value} %`, stepSize: 20 }, ...extra };
}

/** An axis of names on which none is left out or turned. */
function nameScale(extra = {}) {
    return { ticks: { autoSkip: false, maxRotation: 0, font: { size: 10.5 } }, ...extra };
}

/** Writes the rate and its n beside each bar, and the goal as a dashed line across it. */
function barNotes(rows, note) {
    return {
        id: "csBarNotes",
        afterDatasetsDraw(chart) {
            const { ctx, scales } = chart;
            ctx.save();
            chart.getDatasetMeta(0).data.forEach((bar, place) => {
                const { y, height } = bar.getProps(["y", "height"]);
                ctx.font = "11px sans-serif";
                ctx.fillStyle = chart.options.color;
                ctx.textBaseline = "middle";
                ctx.fillText(note(rows[place]), scales.x.right + 6, y);
                ctx.strokeStyle = COLOURS.goal;
                ctx.setLineDash([4, 3]);
                ctx.lineWidth = 2;
                const x = scales.x.getPixelForValue(rows[place].goal);
                ctx.beginPath();
                ctx.moveTo(x, y - height / 2 - 4);
                ctx.lineTo(x, y + height / 2 + 4);
                ctx.stroke();
            });
            ctx.restore();
        },
    };
}

/** Index per department as bars, with the goal of each. */
export function departmentChart(rows, onPick) {
    return {
        type: "bar",
        data: {
            labels: rows.map((row) => wrapLabel(row.name)),
            datasets: [
                {
                    data: rows.map((row) => row.rate),
                    backgroundColor: rows.map((row) => (row.rate >= row.goal ? COLOURS.own : COLOURS.below)),
                    maxBarThickness: 26,
                    minBarLength: 3,
                },
            ],
        },
        options: {
            ...base(onPick),
            indexAxis: "y",
            layout: { padding: { right: 110 } },
            plugins: { legend: { display: false }, tooltip: { enabled: false } },
            scales: { x: percentScale(), y: nameScale() },
        },
        plugins: [barNotes(rows, (row) => `${percent(row.rate)} (n = ${row.collected})`)],
    };
}

/** The index month by month against the goal. */
export function trendChart(rows, goal, text, onPick) {
    return {
        type: "line",
        data: {
            labels: rows.map((row) => [row.label, `n = ${row.collected}`]),
            datasets: [
                {
                    label: text.index,
                    data: rows.map((row) => row.rate),
                    borderColor: COLOURS.index,
                    backgroundColor: COLOURS.index,
                    spanGaps: true,
                    clip: false,
                    pointRadius: 5,
                    pointHoverRadius: 7,
                },
                {
                    label: text.goal,
                    data: rows.map(() => goal),
                    borderColor: COLOURS.goal,
                    backgroundColor: COLOURS.goal,
                    borderDash: [6, 4],
                    borderWidth: 2,
                    pointRadius: 0,
                    pointHitRadius: 0,
                },
            ],
        },
        options: {
            ...base(onPick),
            plugins: {
                legend: { position: "bottom", labels: { boxWidth: 14 } },
                tooltip: { callbacks: { label: (point) => `${point.dataset.label}: ${percent(point.raw)}` } },
            },
            scales: { x: nameScale(), y: percentScale() },
        },
    };
}

/** The marks of each item, as shares of what was collected. */
export function itemChart(rows, text, onPick) {
    return {
        type: "bar",
        data: {
            labels: rows.map((row) => [...wrapLabel(row.name), `n = ${row.collected}`]),
            datasets: MARKS.map((mark, place) => ({
                label: text.marks[place],
                data: rows.map((row) => (100 * row[mark]) / row.collected),
                counts: rows.map((row) => row[mark]),
                backgroundColor: COLOURS.marks[place],
                maxBarThickness: 26,
            })),
        },
        options: {
            ...base(onPick),
            indexAxis: "y",
            plugins: {
                legend: { position: "bottom", labels: { boxWidth: 14 } },
                tooltip: {
                    callbacks: {
                        label: ({ dataset, dataIndex, raw }) =>
                            `${dataset.label}: ${dataset.counts[dataIndex]} (${percent(raw)})`,
                    },
                },
            },
            scales: { x: percentScale({ stacked: true }), y: nameScale({ stacked: true }) },
        },
    };
}

/** What colleagues recorded beside what the same customers wrote themselves. */
export function optimismChart(rows, text, onPick) {
    const dataset = (label, name, colour) => ({
        label,
        data: rows.map((row) => row[name]),
        backgroundColor: colour,
        maxBarThickness: 30,
        minBarLength: 3,
    });
    return {
        type: "bar",
        data: {
            labels: rows.map((row) => [...wrapLabel(row.name, 12), text.gap(row), `n = ${row.both_collected}`]),
            datasets: [
                dataset(text.recorded, "both_staff_rate", COLOURS.index),
                dataset(text.own, "both_own_rate", COLOURS.own),
            ],
        },
        options: {
            ...base(onPick),
            plugins: {
                legend: { position: "bottom", labels: { boxWidth: 14 } },
                tooltip: { callbacks: { label: (point) => `${point.dataset.label}: ${percent(point.raw)}` } },
            },
            scales: { x: nameScale(), y: percentScale() },
        },
    };
}
