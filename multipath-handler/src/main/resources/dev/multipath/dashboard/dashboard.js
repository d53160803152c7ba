'use strict';
(() => {
  const KEPT = 300; // seconds of history, as one comes each second
  const KEPT_CHANGES = 50;
  const token = new URLSearchParams(location.search).get('token') || '';
  const $ = id => document.getElementById(id);

  /** By session: what was, and what it is like now. */
  const sessions = new Map();
  const memory = {times: [], used: [], limit: []};
  let schedulers = [];
  let selected = null;
  let charts = [];
  let drawn = '';

  // ---- text

  const scaled = (value, units, step) => {
    let unit = 0;
    while (value >= step && unit < units.length - 1) {
      value /= step;
      unit++;
    }
    return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
  };
  const bytes = value => scaled(value, ['B', 'kB', 'MB', 'GB', 'TB'], 1000);
  const rate = bytesPerSecond => scaled(bytesPerSecond * 8, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s'], 1000);
  const millis = micros => micros === null ? '–' : `${(micros / 1000).toFixed(micros < 10000 ? 2 : 0)} ms`;
  const span = seconds => seconds < 60 ? `${Math.floor(seconds)} s`
      : seconds < 3600 ? `${Math.floor(seconds / 60)} min` : `${Math.floor(seconds / 3600)} h`;
  const last = values => values.length === 0 ? 0 : values[values.length - 1];

  function put(element, text) {
    if (element.textContent !== text) {
      element.textContent = text;
    }
  }

  function element(name, className, text) {
    const made = document.createElement(name);
    if (className) {
      made.className = className;
    }
    if (text !== undefined) {
      made.textContent = text;
    }
    return made;
  }

  // ---- history

  const newPath = length => ({
    rate: new Array(length).fill(null), rtt: new Array(length).fill(null), low: new Array(length).fill(null),
    high: new Array(length).fill(null), flight: new Array(length).fill(null), limit: new Array(length).fill(null), now: null
  });

  function keep(list) {
    if (list.length > KEPT) {
      list.shift();
    }
  }

  const repeatedBytes = path => Object.values(path.repeated).reduce((sum, value) => sum + value, 0);

  function add(session, at) {
    let known = sessions.get(session.id);
    if (!known) {
      known = {times: [], paths: new Map(), causes: new Map(), changes: [], now: session};
      sessions.set(session.id, known);
    }
    const seconds = known.times.length === 0 ? 0 : at - last(known.times);
    const before = known.now;
    const causes = {};
    for (const path of session.paths) {
      let kept = known.paths.get(path.label);
      if (!kept) {
        kept = newPath(known.times.length);
        known.paths.set(path.label, kept);
      }
      const old = kept.now;
      const grown = old && seconds > 0 ? (value => Math.max(0, value(path) - value(old)) / seconds) : () => 0;
      kept.rate.push(grown(one => one.sent + one.received + repeatedBytes(one)));
      kept.rtt.push(path.open ? path.rtt : null);
      const variance = path.rttVariance || 0;
      kept.low.push(path.open && path.rtt !== null ? Math.max(0, path.rtt - variance) : null);
      kept.high.push(path.open && path.rtt !== null ? path.rtt + variance : null);
      kept.flight.push(path.inFlight);
      kept.limit.push(path.inFlightLimit < 0 ? null : path.inFlightLimit);
      for (const cause of Object.keys(path.repeated)) {
        causes[cause] = (causes[cause] || 0) + grown(one => one.repeated[cause] || 0);
      }
      noteChange(known, old, path);
      kept.now = path;
    }
    for (const [label, kept] of known.paths) {
      if (!session.paths.some(path => path.label === label)) {
        known.paths.delete(label);
      } else {
        [kept.rate, kept.rtt, kept.low, kept.high, kept.flight, kept.limit].forEach(keep);
      }
    }
    for (const cause of Object.keys(causes)) {
      if (!known.causes.has(cause)) {
        known.causes.set(cause, new Array(known.times.length).fill(0));
      }
    }
    for (const [cause, values] of known.causes) {
      values.push(causes[cause] || 0);
      keep(values);
    }
    if (before.suspended !== session.suspended) {
      change(known, at, 'session', session.suspended ? 'SUSPENDED' : 'RESUMED', null);
    }
    known.times.push(at);
    keep(known.times);
    known.now = session;
  }

  function noteChange(known, old, path) {
    const is = path.change;
    if (is && (!old || !old.change || old.change.at !== is.at || old.state !== path.state)) {
      change(known, is.at / 1000, path.label, path.state, is.cause ? `${is.reason}: ${is.cause}` : is.reason);
    }
    if (old && old.present && !path.present) {
      change(known, Date.now() / 1000, path.label, gone(known.now), null);
    }
    if (old && old.open && path.open && old.backup !== path.backup) {
      change(known, Date.now() / 1000, path.label, path.backup ? 'BACKUP' : 'REGULAR', null);
    }
  }

  /** What has become of a path that is no more: a client's stay until somebody removes them. */
  const gone = session => session.adds ? 'REMOVED' : 'ENDED';

  function change(known, at, label, state, why) {
    known.changes.push({at, label, state, why});
    if (known.changes.length > KEPT_CHANGES) {
      known.changes.shift();
    }
  }

  const rateOf = known => [...known.paths.values()].reduce((sum, path) => sum + (last(path.rate) || 0), 0);

  // ---- sessions

  const rows = new Map();

  function showSessions(state) {
    if (!sessions.has(selected)) {
      selected = sessions.size > 0 ? sessions.keys().next().value : null;
    }
    put($('count'), state.count > state.sessions.length
        ? `(${state.count}, of which ${state.sessions.length} are shown)` : `(${state.count})`);
    $('none').hidden = state.count > 0;
    for (const [id, row] of rows) {
      if (!sessions.has(id)) {
        row.remove();
        rows.delete(id);
      }
    }
    for (const [id, known] of sessions) {
      let row = rows.get(id);
      if (!row) {
        row = newSessionRow(id);
        rows.set(id, row);
        $('sessions').append(row);
      }
      const now = known.now;
      const states = ['ACTIVE', 'STALE', 'DOWN'].map(name => [name, now.paths.filter(path => path.present && path.state === name).length]);
      const cells = row.cells;
      put(cells[1], `${now.role}, ${now.profile}`);
      put(cells[2], now.suspended ? 'suspended: no path'
          : states.filter(([, count]) => count > 0).map(([name, count]) => `${count} ${name.toLowerCase()}`).join(', '));
      put(cells[3], rate(rateOf(known)));
      put(cells[4], bytes(now.unacknowledged));
      put(cells[5], now.age === null ? '–' : span(now.age / 1e6));
      row.className = id === selected ? 'selected' : '';
      cells[0].firstChild.setAttribute('aria-pressed', String(id === selected));
    }
  }

  function newSessionRow(id) {
    const row = element('tr');
    const cell = element('td');
    const button = element('button', 'session', id);
    button.type = 'button';
    button.addEventListener('click', () => select(id));
    cell.append(button);
    row.append(cell, element('td'), element('td'), element('td', 'number'), element('td', 'number'), element('td', 'number'));
    nameCells(row, $('sessions-table'));
    return row;
  }

  /** In a narrow window there is no head to a table, and no table for who does not see it but for these words. */
  function nameCells(row, table) {
    const columns = table.tHead.rows[0].cells;
    [...row.cells].forEach((cell, column) => {
      cell.dataset.column = columns[column].textContent;
      cell.setAttribute('role', cell.scope === 'row' ? 'rowheader' : 'cell');
    });
    row.setAttribute('role', 'row');
  }

  function select(id) {
    rows.get(selected)?.cells[0].firstChild.setAttribute('aria-pressed', 'false');
    rows.get(id).cells[0].firstChild.setAttribute('aria-pressed', 'true');
    selected = id;
    put($('outcome'), '');
    drawn = '';
    show();
  }

  // ---- the selected one

  /** What the transport knows: TCP_INFO, MPTCP_INFO, or QUIC's own numbers. */
  const below = it => [
    it.rtt === undefined ? '' : `rtt ${millis(it.rtt)}`, it.window === undefined ? '' : `window ${bytes(it.window)}`,
    it.rate === undefined ? '' : rate(it.rate), it.lost === undefined ? '' : `${it.lost} lost`,
    it.mptcp === undefined ? '' : `${it.mptcp} of MPTCP`
  ].filter(text => text).join(', ') || '–';

  function showPaths(known) {
    const body = $('paths');
    const labels = [...known.paths.keys()];
    if (body.dataset.key !== selected + '\n' + labels.join('\n')) {
      body.dataset.key = selected + '\n' + labels.join('\n');
      body.replaceChildren(...labels.map((label, index) => newPathRow(label, index)));
    }
    labels.forEach((label, index) => {
      const path = known.paths.get(label).now;
      const cells = body.rows[index].cells;
      put(cells[1], path.present ? path.state + (path.backup ? ', backup' : '') : gone(known.now));
      put(cells[3], rate(last(known.paths.get(label).rate) || 0));
      put(cells[4], path.rtt === null ? '–' : `${millis(path.rtt)} ± ${millis(path.rttVariance)}`);
      put(cells[5], path.inFlightLimit < 0 ? '–' : `${bytes(path.inFlight)} of ${bytes(path.inFlightLimit)}`);
      put(cells[6], bytes(repeatedBytes(path)));
      put(cells[7], below(path.transport));
      put(cells[8], path.change ? `${span(Math.max(0, Date.now() - path.change.at) / 1000)} (${path.change.reason})` : '–');
      const [backup, remove] = cells[2].children;
      put(backup, path.backup ? 'Use always' : 'Set to backup');
      backup.disabled = !path.open || known.now.profile !== 'extended';
      remove.hidden = !known.now.adds;
      remove.disabled = !path.present;
    });
    $('add').hidden = !known.now.adds;
  }

  /** Left alone as long as the session's is the same, so that nobody's choice is taken from under his hands. */
  function showScheduler(now) {
    const choice = $('scheduler');
    const key = `${selected} ${now.scheduler}`;
    if (choice.dataset.key === key) {
      return;
    }
    choice.dataset.key = key;
    choice.replaceChildren(...schedulers.map(name => new Option(name)));
    if (now.scheduler === null) {
      const own = new Option('one of its own', '');
      own.disabled = true;
      choice.prepend(own);
    }
    choice.value = now.scheduler || '';
  }

  function newPathRow(label, index) {
    const row = element('tr');
    const name = element('th');
    name.scope = 'row';
    const swatch = element('span', 'swatch');
    swatch.style.background = Charts.color(index);
    name.append(swatch, label);
    const actions = element('td', 'actions');
    const backup = element('button', '', '');
    const remove = element('button', '', 'Remove');
    backup.type = remove.type = 'button';
    remove.setAttribute('aria-label', `Remove path ${label}`);
    backup.addEventListener('click', () => {
      const path = sessions.get(selected).paths.get(label).now;
      act({action: path.backup ? 'regular' : 'backup', path: label});
    });
    remove.addEventListener('click', () => act({action: 'remove', path: label}));
    actions.append(backup, remove);
    const number = () => element('td', 'number');
    row.append(name, element('td'), actions, number(), number(), number(), number(), element('td'), element('td'));
    nameCells(row, $('paths-table'));
    return row;
  }

  function drawCharts(known) {
    const labels = [...known.paths.keys()];
    const causes = [...known.causes.keys()];
    const key = [selected, ...labels, '', ...causes].join('\n');
    if (drawn !== key) {
      charts.forEach(one => one.destroy());
      charts = makeCharts(known, labels, causes);
      drawn = key;
    }
    charts.forEach(one => one.draw());
  }

  function makeCharts(known, labels, causes) {
    const marks = () => known.changes;
    const path = label => known.paths.get(label);
    const rates = Charts.stacked($('rate-chart'), labels.map(label => ({label, values: () => path(label).rate})),
        {format: rate, marks});
    const repeated = Charts.stacked($('repeated-chart'),
        causes.map(cause => ({label: cause.replaceAll('_', ' '), values: () => known.causes.get(cause)})), {format: rate, marks});
    const rtt = Charts.chart($('rtt-chart'), labels.flatMap((label, index) => [
      {label, stroke: Charts.color(index)},
      {label: `${label} high`, helper: true},
      {label: `${label} low`, helper: true}
    ]), {format: millis, marks, bands: labels.map((label, index) => (
        {series: [3 * index + 2, 3 * index + 3], fill: Charts.color(index) + '40'}))});
    const flight = Charts.chart($('flight-chart'), labels.flatMap((label, index) => [
      {label, stroke: Charts.color(index)},
      {label: `${label} limit`, stroke: Charts.color(index), dash: [6, 4]}
    ]), {format: bytes, marks});
    return [
      {draw: () => rates.set(known.times), destroy: rates.destroy},
      {draw: () => repeated.set(known.times), destroy: repeated.destroy},
      {draw: () => rtt.set([known.times, ...labels.flatMap(label => [path(label).rtt, path(label).high, path(label).low])]),
        destroy: rtt.destroy},
      {draw: () => flight.set([known.times, ...labels.flatMap(label => [path(label).flight, path(label).limit])]),
        destroy: flight.destroy}
    ];
  }

  function showChanges(known) {
    const list = $('changes');
    const newest = known.changes[known.changes.length - 1];
    const key = `${selected} ${known.changes.length} ${newest ? newest.at + newest.state : ''}`;
    if (list.dataset.key === key) {
      return;
    }
    list.dataset.key = key;
    list.replaceChildren(...[...known.changes].reverse().map(one => element('li', one.state === 'DOWN' ? 'lost' : '',
        `${new Date(one.at * 1000).toLocaleTimeString()} ${one.label}: ${one.state}${one.why ? ` (${one.why})` : ''}`)));
  }

  let memoryChart = null;

  function showMemory(state) {
    memory.times.push(state.at / 1000);
    memory.used.push(state.memory.used);
    memory.limit.push(state.memory.limit);
    [memory.times, memory.used, memory.limit].forEach(keep);
    put($('memory-text'), `${bytes(state.memory.used)} of ${bytes(state.memory.limit)}, pressure `
        + `${state.memory.pressure.toLowerCase()}, ${state.memory.evicted} sessions ended for memory`);
    drawMemory();
  }

  function drawMemory() {
    if (!memoryChart) {
      memoryChart = Charts.chart($('memory-chart'), [
        {label: 'Used', stroke: Charts.color(0), fill: Charts.color(0) + '40'},
        {label: 'Budget', stroke: Charts.color(5), dash: [6, 4]}
      ], {format: bytes});
    }
    memoryChart.set([memory.times, memory.used, memory.limit]);
  }

  function show() {
    $('detail').hidden = selected === null;
    if (selected !== null) {
      const known = sessions.get(selected);
      put($('detail-title'), `Session ${selected}: ${known.now.role}, ${known.now.profile} profile`);
      showPaths(known);
      showScheduler(known.now);
      drawCharts(known);
      showChanges(known);
    }
  }

  // ---- to and from the server

  async function act(parameters) {
    put($('outcome'), 'Working…');
    $('outcome').className = '';
    try {
      const answer = await fetch(`action?token=${encodeURIComponent(token)}`, {
        method: 'POST', body: new URLSearchParams({session: selected, ...parameters})
      });
      const words = await answer.text();
      $('outcome').className = answer.ok ? '' : 'failed';
      put($('outcome'), answer.ok ? `Done: ${parameters.action} ${parameters.path || parameters.address || parameters.scheduler}` : `Failed: ${words}`);
    } catch (error) {
      $('outcome').className = 'failed';
      put($('outcome'), `Failed: ${error.message}`);
    }
  }

  $('add').addEventListener('submit', event => {
    event.preventDefault();
    const form = new FormData(event.target);
    act({action: 'add', address: form.get('address'), label: form.get('label')});
  });

  $('scheduler').addEventListener('change', event => act({action: 'scheduler', scheduler: event.target.value}));

  function onState(state) {
    schedulers = state.schedulers;
    const at = state.at / 1000;
    const open = new Set(state.sessions.map(session => session.id));
    for (const id of sessions.keys()) {
      if (!open.has(id)) {
        sessions.delete(id);
      }
    }
    state.sessions.forEach(session => add(session, at));
    showSessions(state);
    show();
    showMemory(state);
    document.body.dataset.updates = String(Number(document.body.dataset.updates || 0) + 1);
  }

  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    drawn = '';
    show();
    if (memoryChart) {
      memoryChart.destroy();
      memoryChart = null;
      drawMemory();
    }
  });

  const events = new EventSource(`events?token=${encodeURIComponent(token)}`);
  events.onopen = () => put($('connection'), 'Live');
  events.onerror = () => put($('connection'), 'Connection lost; trying again…');
  events.onmessage = event => onState(JSON.parse(event.data));
})();
