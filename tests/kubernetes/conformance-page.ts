import { suites } from './cases/index.ts';
import { differences, toBeMended } from './differences.ts';

const names = { local: 'local cluster', control: 'platform' } as const;

/** docs/kubernetes-conformance.md: what differs, and why. */
export function conformancePage(): string {
  const cases = Object.values(suites).flat();
  const reasons = [...new Set(differences.map(({ reason }) => reason))].filter((reason) => reason !== toBeMended);
  return `# Conformance with Kubernetes

Every case of \`tests/kubernetes/cases\` is tried on the local cluster, on the platform's own API and on a real kube-apiserver (\`make test-kubernetes\`), with the
same code and the same expectation; the real one is the judge. Where Kubernetes itself answers otherwise for custom resources than for built-in kinds, the platform's
kinds are judged by the custom resource of the same name that the test installs there. There are ${cases.length} cases. Those that one of our servers answers otherwise
are listed here; this page is written from \`tests/kubernetes/differences.ts\` (\`npm run generate\`).

## Differences that stay

| case | where | reason |
| --- | --- | --- |
${reasons.map((reason) => rowOf(reason)).join('\n')}

## Differences that are to be mended

| about | case | on Kubernetes | local cluster | platform |
| --- | --- | --- | --- | --- |
${mendRows().join('\n')}
`;
}

function rowOf(reason: string): string {
  const held = differences.filter((one) => one.reason === reason);
  const ids = [...new Set(held.flatMap(({ ids }) => ids))];
  const where = [...new Set(held.flatMap(({ on }) => on))].map((name) => names[name]);
  return `| ${ids.join(', ')} | ${where.join(', ')} | ${cell(reason)} |`;
}

function mendRows(): string[] {
  const differs = (id: string, name: 'local' | 'control'): string =>
    differences.some(({ ids, on, reason }) => reason === toBeMended && ids.includes(id) && on.includes(name)) ? 'differs' : '';
  return Object.entries(suites).flatMap(([about, cases]) =>
    cases.flatMap(({ id, because }) => {
      const [local, control] = [differs(id, 'local'), differs(id, 'control')];
      return local === '' && control === '' ? [] : [`| ${about} | ${id} | ${cell(because)} | ${local} | ${control} |`];
    }),
  );
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
