'use strict';
/** Charts over time, on uPlot. What colour says, the legend says in words and numbers. */
const Charts = (() => {
  // Told apart also by those who do not see all colours (Okabe and Ito), on light and dark.
  const COLORS = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#8c8c00', '#7a68c8'];
  const HEIGHT = 190;

  const color = index => COLORS[index % COLORS.length];
  const style = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  /** Lines at what happened, each with its word. */
  function marksPlugin(marks) {
    return {hooks: {draw: u => {
      const context = u.ctx;
      context.save();
      context.strokeStyle = style('--dim');
      context.fillStyle = style('--text');
      context.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
      context.textAlign = 'left';
      context.setLineDash([4, 4]);
      marks().forEach((mark, index) => {
        const x = u.valToPos(mark.at, 'x', true);
        if (x < u.bbox.left || x > u.bbox.left + u.bbox.width) {
          return;
        }
        context.beginPath();
        context.moveTo(x, u.bbox.top);
        context.lineTo(x, u.bbox.top + u.bbox.height);
        context.stroke();
        const row = (index % 3 + 1) * 13 * devicePixelRatio;
        context.fillText(`${mark.label} ${mark.state}`, x + 3 * devicePixelRatio, u.bbox.top + row);
      });
      context.restore();
    }}};
  }

  /**
   * A chart in a box: series is a list of {label, stroke, fill, dash, helper, value}, format makes text of a number.
   * Returns {set(data), destroy()}.
   */
  function chart(box, series, {format, bands = [], marks = () => []}) {
    const axis = {stroke: style('--dim'), grid: {stroke: style('--line'), width: 1}, ticks: {stroke: style('--line')}};
    const options = {
      width: Math.max(200, box.clientWidth), height: HEIGHT, bands,
      cursor: {drag: {x: false, y: false}},
      scales: {x: {time: true}, y: {range: (u, min, max) => [0, max > 0 ? max * 1.08 : 1]}},
      axes: [axis, {...axis, size: 78, values: (u, values) => values.map(format)}],
      series: [{label: 'Time'}, ...series.map(one => ({
        label: one.label, stroke: one.stroke, fill: one.fill, dash: one.dash, width: one.helper ? 0 : 1.5,
        class: one.helper ? 'helper' : undefined, points: {show: false},
        value: (u, value, index, at) => {
          const shown = one.value && at !== null ? one.value(at) : value;
          return shown === null || shown === undefined ? '–' : format(shown);
        }
      }))],
      plugins: [marksPlugin(marks)]
    };
    const plot = new uPlot(options, [[], ...series.map(() => [])], box);
    const observer = new ResizeObserver(() => plot.setSize({width: Math.max(200, box.clientWidth), height: HEIGHT}));
    observer.observe(box);
    return {
      set: data => plot.setData(data),
      destroy: () => {
        observer.disconnect();
        plot.destroy();
      }
    };
  }

  /** Areas on top of each other: rows is a list of {label, values()}; the first is at the bottom. */
  function stacked(box, rows, options) {
    // The highest sum first, so that the lower ones cover what is not theirs.
    const order = rows.map((row, index) => index).reverse();
    const series = order.map(index => ({
      label: rows[index].label, stroke: color(index), fill: color(index), value: at => rows[index].values()[at]
    }));
    const made = chart(box, series, options);
    return {
      set: times => {
        const sums = [];
        rows.forEach((row, index) => {
          const below = index === 0 ? null : sums[index - 1];
          sums.push(row.values().map((value, at) => (value || 0) + (below ? below[at] : 0)));
        });
        made.set([times, ...order.map(index => sums[index])]);
      },
      destroy: made.destroy
    };
  }

  return {chart, stacked, color};
})();
