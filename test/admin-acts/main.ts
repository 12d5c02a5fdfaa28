import { openStage } from './stage.js';
import { cellsThere, renderVerdicts, runCells } from './run-cells.js';

const only = process.argv.slice(2);
const cleanUps: (() => Promise<void>)[] = [];
try {
  const startedAt = performance.now();
  const stage = await openStage({ after: (cleanUp) => void cleanUps.push(cleanUp) });
  const isChosen = ({ name }: { readonly name: string }) =>
    only.length === 0 || only.some((text) => name.includes(text));
  const cells = (await cellsThere(stage)).filter(isChosen);
  const verdicts = await runCells(stage, cells);
  console.log(renderVerdicts(verdicts));
  console.log(`${Math.round((performance.now() - startedAt) / 1000)} s`);
} finally {
  for (const cleanUp of cleanUps) await cleanUp();
}
