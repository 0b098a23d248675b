import { type Static, Type } from 'typebox';
import { TemplateParameter } from './catalog.ts';
import { Conditions, Name, ObservedGeneration, Owner, WorkloadTemplate } from './shared.ts';

export const BuildSpec = Type.Object(
  {
    owner: Owner,
    repository: Type.Object({
      url: Type.String(),
      revision: Type.Optional(Type.Object({ branch: Type.Optional(Type.String()), commit: Type.Optional(Type.String()) })),
      appPath: Type.Optional(Type.String()),
    }),
    templateRef: Type.Object({
      engine: Type.Optional(Type.String()),
      name: Type.String(),
      parameters: Type.Optional(Type.Array(TemplateParameter)),
    }),
    cancel: Type.Optional(Type.Boolean({ description: 'Set to true to cancel a running build.' })),
  },
  { description: 'What turns one commit of a component into an image.' },
);
export type BuildSpec = Static<typeof BuildSpec>;

/** What the builder found out about the source; it decides type, route and probes of the component. */
export const Detected = Type.Object({
  language: Type.String({ description: 'node, python, go, static or procfile.' }),
  toolchain: Type.Optional(Type.String({ description: 'The toolchain and its version, for example node v20.20.2.' })),
  shape: Type.Enum(['web', 'worker', 'task', 'service'], {
    description: 'web and service answer HTTP; a worker runs on; a task runs by a schedule.',
  }),
  schedule: Type.Optional(Type.String()),
  notes: Type.Optional(
    Type.Array(Type.String(), { description: 'What the user should know, for example that a Dockerfile was passed over.' }),
  ),
});
export type Detected = Static<typeof Detected>;

export const BuildStatus = Type.Object({
  observedGeneration: ObservedGeneration,
  conditions: Conditions,
  imageStatus: Type.Optional(Type.Object({ image: Type.String({ description: 'Reference with digest.' }) })),
  pipelineRun: Type.Optional(Name),
  commit: Type.Optional(Type.String({ description: 'The full commit id that was built.' })),
  workload: Type.Optional(WorkloadTemplate),
  workloadName: Type.Optional(Type.String({ description: 'Name that workload.yaml asks for.' })),
  detected: Type.Optional(Detected),
  failure: Type.Optional(
    Type.Object({
      phase: Type.String({ description: 'clone, detect, install, build, pack or push.' }),
      line: Type.Optional(Type.String({ description: 'The line of the log that tells why.' })),
      message: Type.String(),
    }),
  ),
});
export type BuildStatus = Static<typeof BuildStatus>;

export const PipelineStep = Type.Object({
  name: Type.String({ minLength: 1 }),
  image: Type.String({ minLength: 1 }),
  command: Type.Optional(Type.Array(Type.String())),
  args: Type.Optional(Type.Array(Type.String())),
  env: Type.Optional(Type.Record(Type.String(), Type.String())),
  timeoutSeconds: Type.Optional(Type.Integer({ minimum: 1, default: 1800 })),
});
export type PipelineStep = Static<typeof PipelineStep>;

export const PipelineRunSpec = Type.Object(
  {
    owner: Type.Optional(Owner),
    buildPlane: Type.Optional(Type.String({ default: 'default' })),
    steps: Type.Array(PipelineStep, { minItems: 1 }),
    grant: Type.Optional(
      Type.Object(
        { permissions: Type.Array(Type.String()), limits: Type.Optional(Type.Record(Type.String(), Type.String())) },
        { description: 'What the token of this run may do while it lasts.' },
      ),
    ),
    cancel: Type.Optional(Type.Boolean()),
  },
  { description: 'One execution of steps, each a Job on the build plane.' },
);
export type PipelineRunSpec = Static<typeof PipelineRunSpec>;

export const RunPhase = Type.Enum(['Pending', 'Running', 'Succeeded', 'Failed', 'Canceled']);
export type RunPhase = Static<typeof RunPhase>;
export const PipelineRunStatus = Type.Object({
  observedGeneration: ObservedGeneration,
  conditions: Conditions,
  phase: Type.Optional(RunPhase),
  startedAt: Type.Optional(Type.String({ format: 'date-time' })),
  finishedAt: Type.Optional(Type.String({ format: 'date-time' })),
  steps: Type.Optional(
    Type.Array(
      Type.Object({
        name: Type.String(),
        phase: RunPhase,
        namespace: Type.Optional(Type.String()),
        job: Type.Optional(Type.String()),
        pod: Type.Optional(Type.String()),
        exitCode: Type.Optional(Type.Integer()),
        result: Type.Optional(Type.String({ description: 'The termination message of the step, as it was written.' })),
        message: Type.Optional(Type.String()),
      }),
    ),
  ),
});
export type PipelineRunStatus = Static<typeof PipelineRunStatus>;
