import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { SEARCH_ATTRIBUTE } from '../../contracts/search-attributes.js';
import { parseJdCloudConfig } from '../../jdcloud/config.js';
import { readConnectSettings } from '../../temporal/connect-settings.js';
import { readWorkerConfig } from '../../temporal/worker/config.js';
import { createMetrics } from '../../temporal/worker/metrics.js';
import { inlineCodeOf, sectionsOf, tableRowsOf } from './markdown.js';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const guide = sectionsOf(await read('docs/operator-guide.md'));
const text = guide.get('Settings') ?? '';
const unquoted = (cell: string) => cell.replaceAll('`', '');

/** Name and default of each row of the settings, of all three tables. */
const rows = tableRowsOf(text)
  .filter(([name = '']) => name.startsWith('`'))
  .map(([name = '', byDefault = '']) => ({ name: unquoted(name), byDefault: unquoted(byDefault) }));
const named = (prefix: string) => rows.filter(({ name }) => name.startsWith(prefix));
const namesIn = (source: string, pattern: RegExp) => [...new Set([...source.matchAll(pattern)].map(([name]) => name))];

describe('the settings in docs/operator-guide.md', () => {
  it('are all those of a worker, and no other', async () => {
    const source = await read('temporal/worker/config.ts');
    const known = namesIn(source, /\bREIMAGE_[A-Z_]+[A-Z]\b/g);
    assert.ok(known.length >= 12);
    assert.deepEqual(
      named('REIMAGE_')
        .map(({ name }) => name)
        .toSorted(),
      known.toSorted(),
    );
  });

  it('have the defaults that a worker has', () => {
    const withPort = { REIMAGE_METRICS_PORT: '9464' };
    for (const { name, byDefault } of named('REIMAGE_')) {
      const base = name === 'REIMAGE_METRICS_PORT' ? {} : withPort;
      assert.deepEqual(readWorkerConfig({ ...base, [name]: byDefault }), readWorkerConfig(base), name);
    }
    const withoutDefault = named('REIMAGE_').filter(({ byDefault }) => byDefault === '');
    assert.deepEqual(
      withoutDefault.map(({ name }) => name),
      ['REIMAGE_TEMPORAL_UI', 'REIMAGE_CODEC_KEYS', 'REIMAGE_CACHE_DIR'],
    );
  });

  it('are all that the client of JD Cloud reads', async () => {
    const files = ['config', 'credentials', 'credentials-command', 'cli-profile'];
    const sources = await Promise.all(files.map((file) => read(`jdcloud/${file}.ts`)));
    const known = namesIn(sources.join('\n'), /\bJDCLOUD_[A-Z_]+[A-Z]\b/g);
    assert.equal(known.length, 8);
    assert.deepEqual(
      named('JDCLOUD_')
        .map(({ name }) => name)
        .toSorted(),
      known.toSorted(),
    );
    const { endpoint } = parseJdCloudConfig({});
    assert.equal(named('JDCLOUD_ENDPOINT')[0]?.byDefault, endpoint);
  });

  it("are read by Temporal's own settings reader, with these defaults", () => {
    const asked = new Set<string>();
    const env = new Proxy<Record<string, string>>(
      { TEMPORAL_CONFIG_FILE: 'absent.toml' },
      { get: (target, name) => (asked.add(String(name)), Reflect.get(target, name)) },
    );
    loadClientConnectConfig({ overrideEnvVars: env });
    const documented = namesIn(text, /\bTEMPORAL_[A-Z_]+[A-Z]\b/g);
    assert.deepEqual(
      documented.filter((name) => !asked.has(name)),
      [],
    );

    const { address, namespace } = readConnectSettings({ TEMPORAL_CONFIG_FILE: 'absent.toml' });
    const defaultOf = (name: string) => named(name)[0]?.byDefault;
    assert.deepEqual([address, namespace], [defaultOf('TEMPORAL_ADDRESS'), defaultOf('TEMPORAL_NAMESPACE')]);
  });
});

describe('the metrics in docs/operator-guide.md', () => {
  it('are all of ours', async () => {
    const metrics = createMetrics();
    metrics.watch(() => 0);
    metrics.watchLimiters({ waiting: () => new Map(), callsPerMinute: null });
    const exported = namesIn(await metrics.read(), /(?<=^# TYPE )reimage_\w+/gm);
    const documented = tableRowsOf(guide.get('Metrics') ?? '').map(([name = '']) => unquoted(name));
    assert.deepEqual(documented.filter((name) => name.startsWith('reimage_')).toSorted(), exported.toSorted());
  });
});

describe('the rights in docs/operator-guide.md', () => {
  it('are the calls of the activities and of the shared reads', async () => {
    const folder = new URL('../../activities/', import.meta.url);
    const files = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
    const paths = [...files.map((name) => `activities/${name}`), 'jdcloud/reader.ts'];
    const sources = await Promise.all(paths.map(read));
    const called = namesIn(sources.join('\n'), /(?<=\bapi\.)(?!(?:js|close)\b)\w+/g);
    const [rights = ''] = (guide.get('Rights at JD Cloud') ?? '').split('\n\nWithout');
    assert.deepEqual(inlineCodeOf(rights).toSorted(), called.toSorted());
  });
});

describe('the namespace in docs/operator-guide.md', () => {
  it('gets all search attributes, and no other', () => {
    const created = [...(guide.get('Run a worker') ?? '').matchAll(/--name (\w+) --type Keyword/g)].map(
      ([, name]) => name,
    );
    assert.deepEqual(new Set(created), new Set(Object.values(SEARCH_ATTRIBUTE).map(({ name }) => name)));
  });
});
