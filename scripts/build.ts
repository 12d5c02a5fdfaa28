import { buildInto, runTool } from './build-into.js';

const [folder = 'dist'] = process.argv.slice(2);
await buildInto(folder);
// publint reads package.json, which speaks of dist/ only.
if (folder === 'dist') runTool('publint', ['--strict']);
