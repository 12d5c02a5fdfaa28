/** What is typed after `reimage fleet`, and the options that it becomes. */
export const FLEET_ROWS: readonly { readonly name: string; readonly argv: string; readonly is: object }[] = [
  {
    name: 'fleet plan: a file',
    argv: 'fleet plan web.yaml --save p.json --output json',
    is: { file: 'web.yaml', save: 'p.json', output: 'json', backup: 'none', onFailure: 'leave' },
  },
  {
    name: 'fleet plan: flags',
    argv:
      'fleet plan --name web --region cn-north-1 --ids i-1,i-2 --tag app=web --tag tier --vm-name web-* --az a,b --exclude-ids i-2 ' +
      '--image-newest web- --image-shared-by 4711,4712 --canary 2 --waves 10%,5 --max-unavailable 20% --key ops --requested-by bob --reason patch',
    is: {
      name: 'web',
      region: 'cn-north-1',
      ids: 'i-1,i-2',
      tag: ['app=web', 'tier'],
      vmName: 'web-*',
      az: 'a,b',
      excludeIds: 'i-2',
      imageNewest: 'web-',
      imageSharedBy: '4711,4712',
      canary: '2',
      waves: '10%,5',
      maxUnavailable: '20%',
      key: 'ops',
      requestedBy: 'bob',
      reason: 'patch',
      backup: 'none',
      onFailure: 'leave',
      output: 'text',
    },
  },
  { name: 'fleet show', argv: 'fleet show p.json', is: { plan: 'p.json', output: 'text' } },
  {
    name: 'fleet rehearse',
    argv: 'fleet rehearse p.json',
    is: { file: 'p.json', seed: 1, compress: 20, output: 'text' },
  },
  {
    name: 'fleet rehearse: failures',
    argv: 'fleet rehearse web.yaml --fail 3 --fail-az a,b --fail-az c --fail-vm i-1 --seed 7 --compress 50 --output json',
    is: {
      file: 'web.yaml',
      fail: 3,
      failAz: ['a', 'b', 'c'],
      failVm: ['i-1'],
      seed: 7,
      compress: 50,
      output: 'json',
    },
  },
  {
    name: 'fleet start',
    argv: 'fleet start web.yaml --requested-by ops --reason patch --detach --yes --output json',
    is: { file: 'web.yaml', requestedBy: 'ops', reason: 'patch', detach: true, yes: true, output: 'json' },
  },
  {
    name: 'fleet status',
    argv: 'fleet status web --region cn-north-1',
    is: { fleet: 'web', region: 'cn-north-1', follow: true, output: 'text' },
  },
  {
    name: 'fleet status: one look',
    argv: 'fleet status web --no-follow',
    is: { fleet: 'web', follow: false, output: 'text' },
  },
  { name: 'fleet watch', argv: 'fleet watch web', is: { fleet: 'web', output: 'text' } },
  {
    name: 'fleet list',
    argv: 'fleet list --ended --limit 3',
    is: { ended: true, limit: 3, output: 'text' },
  },
  {
    name: 'fleet retry',
    argv: 'fleet retry web --exclude-ids i-1,i-2 --dry-run',
    is: { fleet: 'web', excludeIds: ['i-1', 'i-2'], dryRun: true, output: 'text' },
  },
  {
    name: 'fleet rollback',
    argv: 'fleet rollback web --requested-by ops --reason x --yes --detach --output json',
    is: { fleet: 'web', requestedBy: 'ops', reason: 'x', yes: true, detach: true, output: 'json' },
  },
  {
    name: 'fleet report',
    argv: 'fleet report web --format csv',
    is: { fleet: 'web', format: 'csv', output: 'text' },
  },
  {
    name: 'fleet abort',
    argv: 'fleet abort web --now --reason x --by ops --request-id r1',
    is: { fleet: 'web', act: 'abort', now: true, reason: 'x', by: 'ops', requestId: 'r1', output: 'text' },
  },
  {
    name: 'fleet set',
    argv: 'fleet set web --max-unavailable 3 --max-failures 0 --max-held 2 --reason x',
    is: {
      fleet: 'web',
      act: 'set',
      now: false,
      maxUnavailable: 3,
      maxFailures: 0,
      maxHeld: 2,
      reason: 'x',
      output: 'text',
    },
  },
  {
    name: 'fleet skip',
    argv: 'fleet skip web i-1 i-2 --reason x',
    is: { fleet: 'web', act: 'skip', now: false, vms: ['i-1', 'i-2'], reason: 'x', output: 'text' },
  },
];
