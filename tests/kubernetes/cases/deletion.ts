import { setTimeout as delay } from 'node:timers/promises';
import { type Case, clusters, failure, given, good, invalidOptions, notAllowed, notFound } from '../case.ts';
import type { Answer } from '../client.ts';
import { absent, exactly, holding, present } from '../match.ts';
import type { Subject } from '../subject.ts';

const collectedLimitMs = 20_000;
const lookMs = 50;
const otherUid = '11111111-2222-3333-4444-555555555555';
const finalizer = 'example.com/hold';

/** Looks until a state is there; answers what was seen last. */
async function until(look: () => Promise<Answer>, holds: (answer: Answer) => boolean): Promise<Answer> {
  const deadline = performance.now() + collectedLimitMs;
  for (;;) {
    const answer = await look();
    if (holds(answer) || performance.now() > deadline) return answer;
    await delay(lookMs);
  }
}
const gone = (s: Subject, name: string): Promise<Answer> =>
  until(
    () => s.get(name),
    ({ status }) => status === 404,
  );

/** An owner and its dependent. */
async function family(s: Subject, reference: object = {}): Promise<{ owner: string; child: string }> {
  const { metadata } = (await given(s)).object;
  const child = `${s.own}-child`;
  good(
    await s.create(
      s.make(child, {}, { ownerReferences: [{ apiVersion: s.apiVersion, kind: s.kind, name: s.own, uid: metadata.uid, ...reference }] }),
    ),
  );
  return { owner: s.own, child };
}

/** A precondition that is not met; Kubernetes names the kind here, not the resource. */
const lost = (s: Subject, why: string): object =>
  failure(
    409,
    'Conflict',
    new RegExp(`^Operation cannot be fulfilled on ${s.qualifiedKind} "${s.own}": ${why}$`),
    s.details(s.own, { kind: s.kind }),
  );

const unknownPolicy = invalidOptions('DeleteOptions', {
  reason: 'FieldValueNotSupported',
  message: 'Unsupported value: "Sometimes": supported values: "Foreground", "Background", "Orphan", "nil"',
  field: 'propagationPolicy',
});

const deletes: readonly Case[] = [
  {
    id: 'delete/answers-success',
    because: 'what is gone is told with its uid',
    run: async (s) => {
      const { uid } = (await given(s)).object.metadata;
      const answer = await s.remove(s.own);
      return { answer, isIts: (answer.body as { details?: { uid?: string } }).details?.uid === uid, after: (await s.get(s.own)).status };
    },
    expect: (s) => ({
      answer: {
        status: 200,
        body: exactly({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details: s.details(s.own, { uid: present }) }),
      },
      isIts: true,
      after: 404,
    }),
  },
  {
    id: 'delete/not-found',
    because: 'to delete nothing is no success',
    run: (s) => s.remove('nobody'),
    expect: (s) => notFound(s, 'nobody'),
  },
  {
    id: 'delete/other-uid',
    because: 'who means another object of this name deletes nothing',
    run: async (s) => {
      await given(s);
      return s.remove(s.own, { preconditions: { uid: otherUid } });
    },
    expect: (s) =>
      lost(
        s,
        `the UID in the precondition \\(${otherUid}\\) does not match the UID in record \\([-0-9a-f]{36}\\). The object might have been deleted and then recreated`,
      ),
  },
  {
    id: 'delete/other-version',
    because: 'who decided on an old state decides again',
    run: async (s) => {
      await given(s);
      return s.remove(s.own, { preconditions: { resourceVersion: '1' } });
    },
    expect: (s) =>
      lost(
        s,
        'the ResourceVersion in the precondition \\(1\\) does not match the ResourceVersion in record \\(\\d+\\). The object might have been modified',
      ),
  },
  {
    id: 'delete/preconditions-met',
    because: 'and who decided on the present one gets it',
    run: async (s) => {
      const { uid, resourceVersion } = (await given(s)).object.metadata;
      return s.remove(s.own, { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid, resourceVersion } });
    },
    expect: () => ({ status: 200, body: { status: 'Success' } }),
  },
  {
    id: 'delete/options-of-another-kind',
    because: 'a body that is no options is refused, lest it be one for another request',
    run: async (s) => {
      await given(s);
      return s.remove(s.own, s.make(s.own));
    },
    expect: (s) => failure(400, 'BadRequest', new RegExp(`^no kind "${s.kind}" is registered for version "${s.apiVersion}" in scheme `)),
  },
  {
    id: 'delete/options-not-json',
    because: 'nor are bytes that nobody can read',
    run: async (s) => {
      await given(s);
      return s.remove(s.own, '{"grace');
    },
    expect: () => failure(400, 'BadRequest', "couldn't get version/kind; json parse error: unexpected end of JSON input"),
  },
  {
    id: 'delete/nonsense-policy',
    because: 'three words are known',
    run: async (s) => {
      await given(s);
      return s.remove(s.own, { propagationPolicy: 'Sometimes' });
    },
    expect: () => unknownPolicy,
  },
  {
    id: 'delete/two-policies',
    because: 'an old and a new word for the same may not both be said',
    run: async (s) => {
      await given(s);
      return s.remove(s.own, { propagationPolicy: 'Orphan', orphanDependents: true });
    },
    expect: () =>
      invalidOptions('DeleteOptions', {
        reason: 'FieldValueInvalid',
        message: 'Invalid value: "Orphan": orphanDependents and deletionPropagation cannot be both set',
        field: 'propagationPolicy',
      }),
  },
  {
    id: 'delete/policy-in-query',
    because: 'a client without a body says it in the address',
    run: async (s) => {
      await given(s);
      return s.remove(s.own, undefined, '?propagationPolicy=Sometimes');
    },
    expect: () => unknownPolicy,
  },
  {
    id: 'delete/dry-run-in-body',
    because: 'a try may be asked for in the options',
    run: async (s) => {
      await given(s);
      return { status: (await s.remove(s.own, { dryRun: ['All'] })).status, after: (await s.get(s.own)).status };
    },
    expect: () => ({ status: 200, after: 200 }),
  },
];

const noNew = 'no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/more"}';

const finalizers: readonly Case[] = [
  {
    id: 'finalizer/holds',
    because: 'somebody has to clean up first',
    run: async (s) => {
      await given(s, {}, { finalizers: [finalizer] });
      const answer = await s.remove(s.own);
      const after = await s.get(s.own);
      good(await s.patch(s.own, 'merge-patch+json', { metadata: { finalizers: null } }));
      return { answer, after, end: (await s.get(s.own)).status };
    },
    expect: (s) => ({
      answer: {
        status: 200,
        body: {
          kind: s.kind,
          metadata: { name: s.own, deletionTimestamp: present, deletionGracePeriodSeconds: 0, finalizers: [finalizer] },
        },
      },
      after: { status: 200, body: { metadata: { deletionTimestamp: present } } },
      end: 404,
    }),
  },
  {
    id: 'finalizer/twice',
    because: 'a second deletion changes nothing',
    run: async (s) => {
      await given(s, {}, { finalizers: [finalizer] });
      const first = good(await s.remove(s.own));
      const second = await s.remove(s.own);
      return { status: second.status, isSame: first.object.metadata.resourceVersion === second.object.metadata.resourceVersion };
    },
    expect: () => ({ status: 200, isSame: true }),
  },
  {
    id: 'finalizer/no-new-ones',
    because: 'what is being deleted may not be held by others too',
    run: async (s) => {
      await given(s, {}, { finalizers: [finalizer] });
      good(await s.remove(s.own));
      return s.patch(s.own, 'merge-patch+json', { metadata: { finalizers: [finalizer, 'example.com/more'] } });
    },
    expect: (s) => ({
      status: 422,
      body: {
        reason: 'Invalid',
        message: `${s.qualifiedKind} "${s.own}" is invalid: metadata.finalizers: Forbidden: ${noNew}`,
        details: {
          name: s.own,
          kind: s.kind,
          causes: holding(exactly({ reason: 'FieldValueForbidden', message: `Forbidden: ${noNew}`, field: 'metadata.finalizers' })),
        },
      },
    }),
  },
  {
    id: 'finalizer/timestamp-stays',
    because: 'a deletion is not taken back',
    run: async (s) => {
      await given(s, {}, { finalizers: [finalizer] });
      good(await s.remove(s.own));
      return s.patch(s.own, 'merge-patch+json', { metadata: { deletionTimestamp: null } });
    },
    expect: () => ({ status: 200, body: { metadata: { deletionTimestamp: present } } }),
  },
  {
    id: 'finalizer/other-writes',
    because: 'whoever cleans up may write what is left to do',
    run: async (s) => {
      await given(s, {}, { finalizers: [finalizer] });
      good(await s.remove(s.own));
      return s.patch(s.own, 'merge-patch+json', s.fragment({ left: '2' }));
    },
    expect: (s) => ({ status: 200, body: s.fragment({ left: '2' }) }),
  },
  {
    id: 'finalizer/create-again',
    because: 'the name is taken until the end',
    run: async (s) => {
      await given(s, {}, { finalizers: [finalizer] });
      good(await s.remove(s.own));
      return s.create(s.make(s.own));
    },
    expect: (s) => failure(409, 'AlreadyExists', `object is being deleted: ${s.qualified} "${s.own}" already exists`, s.details(s.own)),
  },
];

const collections: readonly Case[] = [
  {
    id: 'delete-collection/by-label',
    because: 'kubectl delete -l takes what the label marks',
    run: async (s) => {
      for (const [name, colour] of [
        ['a', 'red'],
        ['b', 'blue'],
        ['c', 'red'],
      ] as const)
        good(await s.create(s.make(`${s.own}-${name}`, {}, { labels: { own: s.own, colour } })));
      const answer = await s.ask({ method: 'DELETE', path: `${s.collection}?labelSelector=own%3D${s.own},colour%3Dred` });
      const left = good(await s.list(`?labelSelector=own%3D${s.own}`)).object.items?.map(({ metadata }) => metadata.name);
      return { answer, left };
    },
    expect: (s) => ({
      answer: {
        status: 200,
        body: {
          kind: `${s.kind}List`,
          apiVersion: s.apiVersion,
          metadata: { resourceVersion: present },
          items: [{ metadata: { name: `${s.own}-a` } }, { metadata: { name: `${s.own}-c` } }],
        },
      },
      left: [`${s.own}-b`],
    }),
  },
  {
    id: 'delete-collection/by-name-field',
    because: 'a field selector takes one',
    run: async (s) => {
      await given(s);
      const answer = await s.ask({ method: 'DELETE', path: `${s.collection}?fieldSelector=metadata.name%3D${s.own}` });
      return { status: answer.status, after: (await s.get(s.own)).status };
    },
    expect: () => ({ status: 200, after: 404 }),
  },
  {
    id: 'delete-collection/none',
    because: 'to delete nothing of many is well',
    run: (s) => s.ask({ method: 'DELETE', path: `${s.collection}?labelSelector=own%3Dnobody` }),
    expect: (s) => ({ status: 200, body: { kind: `${s.kind}List`, items: [] } }),
  },
  {
    id: 'delete-collection/dry-run',
    because: 'a try deletes nothing of many either',
    run: async (s) => {
      await given(s, {}, { labels: { own: s.own } });
      const answer = await s.ask({ method: 'DELETE', path: `${s.collection}?labelSelector=own%3D${s.own}&dryRun=All` });
      return { status: answer.status, after: (await s.get(s.own)).status };
    },
    expect: () => ({ status: 200, after: 200 }),
  },
  {
    id: 'delete-collection/all-namespaces',
    because: 'nobody empties all namespaces at once',
    on: clusters,
    run: (s) => s.ask({ method: 'DELETE', path: `${s.base}/${s.plural}` }),
    expect: () => notAllowed,
  },
  {
    id: 'delete-collection/finalizers',
    because: 'what is held is marked',
    run: async (s) => {
      await given(s, {}, { labels: { own: s.own }, finalizers: [finalizer] });
      good(await s.ask({ method: 'DELETE', path: `${s.collection}?labelSelector=own%3D${s.own}` }));
      return s.get(s.own);
    },
    expect: () => ({ status: 200, body: { metadata: { deletionTimestamp: present } } }),
  },
];

const owners: readonly Case[] = [
  {
    id: 'owner/background',
    because: 'what belongs to it goes after it',
    on: ['real', 'local', 'control'],
    run: async (s) => {
      const { owner, child } = await family(s);
      const answer = await s.remove(owner, { propagationPolicy: 'Background' });
      return { status: answer.status, owner: (await s.get(owner)).status, child: (await gone(s, child)).status };
    },
    expect: () => ({ status: 200, owner: 404, child: 404 }),
  },
  {
    id: 'owner/foreground',
    because: 'it waits for what belongs to it',
    on: ['real', 'local', 'control'],
    run: async (s) => {
      const { owner, child } = await family(s, { blockOwnerDeletion: true });
      good(await s.patch(child, 'merge-patch+json', { metadata: { finalizers: [finalizer] } }));
      const answer = await s.remove(owner, { propagationPolicy: 'Foreground' });
      const marked = await until(
        () => s.get(child),
        ({ object }) => object.metadata.deletionTimestamp !== undefined,
      );
      const waiting = await s.get(owner);
      good(await s.patch(child, 'merge-patch+json', { metadata: { finalizers: null } }));
      return { answer, marked: marked.object.metadata, waiting: waiting.object.metadata, owner: (await gone(s, owner)).status };
    },
    expect: (s) => ({
      answer: { status: 200, body: { kind: s.kind, metadata: { deletionTimestamp: present, finalizers: ['foregroundDeletion'] } } },
      marked: { deletionTimestamp: present },
      waiting: { deletionTimestamp: present, finalizers: ['foregroundDeletion'] },
      owner: 404,
    }),
  },
  {
    id: 'owner/orphan',
    because: 'what belonged to it may outlive it',
    on: ['real', 'local', 'control'],
    run: async (s) => {
      const { owner, child } = await family(s);
      const answer = await s.remove(owner, { propagationPolicy: 'Orphan' });
      const ended = await gone(s, owner);
      return { status: answer.status, owner: ended.status, child: await s.get(child) };
    },
    expect: () => ({ status: 200, owner: 404, child: { status: 200, body: { metadata: { ownerReferences: absent } } } }),
  },
  {
    id: 'owner/absent',
    because: 'what belongs to nobody any more goes',
    on: ['real', 'local', 'control'],
    run: async (s) => {
      good(
        await s.create(s.make(s.own, {}, { ownerReferences: [{ apiVersion: s.apiVersion, kind: s.kind, name: 'nobody', uid: otherUid }] })),
      );
      return (await gone(s, s.own)).status;
    },
    expect: () => 404,
  },
  {
    id: 'owner/one-of-two',
    because: 'one owner left is enough',
    on: ['real', 'local', 'control'],
    run: async (s) => {
      const { owner, child } = await family(s);
      const second = good(await s.create(s.make(`${s.own}-second`))).object;
      const { ownerReferences = [] } = good(await s.get(child)).object.metadata;
      const more = { apiVersion: s.apiVersion, kind: s.kind, name: second.metadata.name, uid: second.metadata.uid };
      good(await s.patch(child, 'merge-patch+json', { metadata: { ownerReferences: [...ownerReferences, more] } }));
      good(await s.remove(owner, { propagationPolicy: 'Background' }));
      const left = await until(
        () => s.get(child),
        ({ object, status }) => status === 404 || object.metadata.ownerReferences?.length === 1,
      );
      return { status: left.status, owners: left.object.metadata.ownerReferences };
    },
    expect: (s) => ({ status: 200, owners: [{ name: `${s.own}-second` }] }),
  },
];

export const deletionCases: readonly Case[] = [...deletes, ...finalizers, ...collections, ...owners];
