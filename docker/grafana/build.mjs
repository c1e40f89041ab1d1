// Writes the Grafana dashboards defined in `panels.mjs`: `node docker/grafana/build.mjs [folder]`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format } from 'prettier';
import { dashboards } from './panels.mjs';

const FOLDER = process.argv[2] ?? fileURLToPath(new URL('dashboards/', import.meta.url));
const COLUMNS = 24;
const SIZES = { stat: { w: 4, h: 4 }, timeseries: { w: 8, h: 8 } };
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/** Side by side, a new row where there is no room or the height changes. */
function placed(panels) {
  let [x, y, height] = [0, 0, 0];
  return panels.map(({ kind }) => {
    const { w, h } = SIZES[kind];
    if (x + w > COLUMNS || (height > 0 && h !== height)) [x, y] = [0, y + height];
    height = h;
    const place = { x, y, w, h };
    x += w;
    return place;
  });
}

const targetsOf = (queries) =>
  Object.entries(queries).map(([legend, expr], index) => ({
    refId: String.fromCharCode(65 + index),
    datasource: DATASOURCE,
    expr,
    legendFormat: legend || '__auto',
  }));

function panelOf({ kind, title, unit, queries }, index, place) {
  const custom = { lineWidth: 1, fillOpacity: 10, showPoints: 'never' };
  return {
    id: index + 1,
    type: kind,
    title,
    datasource: DATASOURCE,
    gridPos: place,
    fieldConfig: { defaults: { unit, min: 0, ...(kind === 'timeseries' && { custom }) }, overrides: [] },
    options:
      kind === 'stat'
        ? { colorMode: 'value', graphMode: 'area', reduceOptions: { calcs: ['lastNotNull'], values: false } }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: targetsOf(queries),
  };
}

function dashboardOf(name, { title, panels }) {
  const places = placed(panels);
  return {
    uid: `postrider-${name}`,
    title: `Postrider: ${title}`,
    tags: ['postrider'],
    schemaVersion: 39,
    editable: false,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    links: [{ type: 'dashboards', title: 'Postrider', tags: ['postrider'], asDropdown: true, keepTime: true }],
    templating: {
      list: [
        {
          name: 'datasource',
          type: 'datasource',
          query: 'prometheus',
          current: { text: 'Prometheus', value: 'prometheus' },
        },
        {
          name: 'instance',
          type: 'query',
          datasource: DATASOURCE,
          query: 'label_values(postrider_build_info, instance)',
          refresh: 2,
          multi: true,
          includeAll: true,
          allValue: '.*',
          current: { text: 'All', value: '$__all' },
        },
      ],
    },
    panels: panels.map((panel, index) => panelOf(panel, index, places[index])),
  };
}

mkdirSync(FOLDER, { recursive: true });
for (const [name, dashboard] of Object.entries(dashboards)) {
  const text = JSON.stringify(dashboardOf(name, dashboard));
  writeFileSync(join(FOLDER, `${name}.json`), await format(text, { parser: 'json', printWidth: 120 }));
}
