'use strict';
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const one = (selector) => document.querySelector(selector);
  const on = (selector, event, act) => { const found = one(selector); if (found) found.addEventListener(event, act); };

  // Tabs: without this script all parts stand below each other.
  const tabs = all('[role=tab]');
  const open = (tab, focus) => {
    for (const other of tabs) {
      const chosen = other === tab;
      other.setAttribute('aria-selected', chosen);
      other.tabIndex = chosen ? 0 : -1;
      document.getElementById(other.getAttribute('aria-controls')).hidden = !chosen;
    }
    if (focus) tab.focus();
  };
  tabs.forEach((tab, index) => {
    tab.addEventListener('click', () => {
      open(tab);
      history.replaceState(null, '', '#' + tab.getAttribute('aria-controls'));
    });
    tab.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) open(tabs[(index + step + tabs.length) % tabs.length], true);
    });
  });
  open(tabs.find((tab) => '#' + tab.getAttribute('aria-controls') === location.hash) || tabs[0]);

  // Sorting: numbers by data-sort, names by their place in the dataset; a second click turns the order.
  const columns = (table) => {
    const first = all('thead tr:first-child th', table), second = all('thead tr:nth-child(2) th', table);
    if (!second.length) return first;
    const rest = [...second];
    return first.flatMap((head) => head.colSpan > 1 ? rest.splice(0, head.colSpan) : [head]);
  };
  const key = (row, column) => {
    const cell = row.cells[column], value = cell.dataset.sort;
    return value === undefined ? cell.textContent.trim() : value === '' ? null : Number(value);
  };
  const compare = (a, b) => typeof a === 'string' ? a.localeCompare(b) : a - b;
  for (const table of all('.sortable')) {
    const heads = columns(table);
    heads.forEach((head, column) => {
      if (head.dataset.nosort !== undefined) return;
      head.classList.add('sorts');
      head.tabIndex = 0;
      const sort = () => {
        const numeric = head.classList.contains('num');
        const now = head.getAttribute('aria-sort');
        const down = now ? now === 'ascending' : numeric;
        heads.forEach((other) => other.removeAttribute('aria-sort'));
        head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
        const body = table.tBodies[0];
        const rows = [...body.rows].sort((a, b) => {
          if ('last' in a.dataset || 'last' in b.dataset) return ('last' in a.dataset) - ('last' in b.dataset);
          const x = key(a, column), y = key(b, column);
          if (x === null || y === null) return (x === null) - (y === null);
          return down ? compare(y, x) : compare(x, y);
        });
        body.append(...rows);
      };
      head.addEventListener('click', sort);
      head.addEventListener('keydown', (event) => {
        if (event.key === 'Enter' || event.key === ' ') { event.preventDefault(); sort(); }
      });
    });
  }

  // Choices of what is shown.
  const show = (selector, attribute, select) => {
    const update = () => all(selector).forEach((part) => { part.hidden = select && part.dataset[attribute] !== select.value; });
    if (select) select.addEventListener('change', update);
    update();
  };
  show('.metric', 'metric', one('#metric'));
  show('.map', 'map', one('#map'));
  const filterRows = () => {
    const group = one('#group') ? one('#group').value : '', word = one('#find').value.trim().toLowerCase();
    for (const row of all('.scores tbody tr')) {
      row.hidden = Boolean(group && row.dataset.group !== group) || !row.dataset.name.toLowerCase().includes(word);
    }
  };
  on('#doer', 'change', () => {
    for (const row of all('.activity tbody tr')) row.hidden = one('#doer').value && row.cells[1].textContent !== one('#doer').value;
  });
  on('#group', 'change', filterRows);
  on('#find', 'input', filterRows);
  const filters = all('.card-filter'), cards = all('.card');
  const filterCards = () => {
    for (const card of cards) card.hidden = filters.some((f) => f.value && card.dataset[f.dataset.key] !== f.value);
    if (cards.length) one('#card-count').textContent = cards.filter((card) => !card.hidden).length + ' of ' + cards.length + ' images';
  };
  filters.forEach((filter) => filter.addEventListener('change', filterCards));
  filterCards();

  // Bars of the classes; text only ever goes in as text, never as HTML.
  const MOST = 60;
  const data = JSON.parse(one('#bar-data').textContent);
  const signed = (value) => {
    const size = Math.abs(value).toFixed(1);
    return (Number(size) === 0 ? '' : value > 0 ? '+' : '\u2212') + size;
  };
  const text = (value) => value === null ? '–' : value.toFixed(1);
  const gain = (values, by, index) =>
    values[by][index] === null || values[0][index] === null ? null : values[by][index] - values[0][index];
  const order = (values) => {
    const places = data.classes.map((_, index) => index), wanted = one('#bars-order').value;
    const by = Number(one('#bars-by') ? one('#bars-by').value : values.length - 1);
    if (!wanted) return places;
    const sign = wanted === 'gain' ? -1 : 1, worth = (index) => { const g = gain(values, by, index); return g === null ? Infinity : sign * g; };
    return places.sort((a, b) => worth(a) - worth(b) || a - b);
  };
  const line = (name, index, value, difference) => {
    const row = document.createElement('div'), track = document.createElement('div'), bar = document.createElement('i'), label = document.createElement('span');
    row.className = 'bar-line';
    track.className = 'track';
    bar.style.width = (value || 0) + '%';
    bar.style.background = 'var(--e' + index % 8 + ')';
    row.title = name;
    label.textContent = text(value) + (index && difference !== null ? ' (' + signed(difference) + ')' : '');
    track.append(bar);
    row.append(track, label);
    return row;
  };
  const drawBars = () => {
    const values = data.rows[one('#bars-row').value].values, places = order(values);
    const body = one('#bars tbody');
    body.replaceChildren(...places.slice(0, MOST).map((index) => {
      const row = document.createElement('tr'), head = document.createElement('th'), cell = document.createElement('td');
      head.scope = 'row';
      head.textContent = data.classes[index];
      data.enhancers.forEach((name, e) => cell.append(line(name, e, values[e][index], gain(values, e, index))));
      row.append(head, cell);
      return row;
    }));
    one('#bars-more').textContent = places.length > MOST ? 'The first ' + MOST + ' of ' + places.length + ' classes in this order.' : '';
  };
  if (one('#bars')) {
    ['#bars-row', '#bars-order', '#bars-by'].forEach((control) => on(control, 'change', drawBars));
    drawBars();
  }

  if (innerWidth < 640) one('.facts').open = false;

  // Enlarged pictures, and the theme.
  const large = one('#large');
  for (const button of all('.zoom')) {
    button.addEventListener('click', () => {
      const picture = button.querySelector('img');
      large.querySelector('img').src = picture.src;
      large.querySelector('img').alt = picture.alt;
      large.querySelector('p').textContent = picture.alt;
      large.showModal();
    });
  }
  large.addEventListener('click', (event) => { if (event.target === large) large.close(); });
  on('#theme', 'click', () => {
    const root = document.documentElement, system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
    root.dataset.theme = (root.dataset.theme || system) === 'dark' ? 'light' : 'dark';
  });
})();
