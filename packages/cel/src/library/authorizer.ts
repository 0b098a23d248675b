import { struct, type Type, types } from '../types/type.ts';
import { Opaque } from '../values/collection.ts';
import { CelError, noSuchOverload, type Result, type Value } from '../values/value.ts';
import { type FunctionDecl, method } from './function.ts';

const { bool, string } = types;
export const authorizerType = struct('kubernetes.authorization.Authorizer');
const pathCheckType = struct('kubernetes.authorization.PathCheck');
const groupCheckType = struct('kubernetes.authorization.GroupCheck');
export const resourceCheckType = struct('kubernetes.authorization.ResourceCheck');
const decisionType = struct('kubernetes.authorization.Decision');

/** What is asked of an authorizer. Fields that do not matter are empty; `path` is only there for a path that is no resource. */
export interface AuthorizationQuestion {
  verb: string;
  /** Whose permission is asked for, when it is not the user's who sent the request. */
  serviceAccount?: { namespace: string; name: string };
  path?: string;
  group: string;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
  fieldSelector: string;
  labelSelector: string;
}

export interface AuthorizationAnswer {
  isAllowed: boolean;
  reason: string;
  /** Why the question could not be answered. */
  error?: string;
}

/** Answers at once: an expression cannot wait. */
export type Authorize = (question: AuthorizationQuestion) => AuthorizationAnswer;

const nothing: AuthorizationQuestion = {
  verb: '',
  group: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  fieldSelector: '',
  labelSelector: '',
};

/** A question that an expression puts together step by step. */
class Check extends Opaque {
  readonly type: Type;
  readonly question: AuthorizationQuestion;
  readonly authorize: Authorize;

  constructor(type: Type, authorize: Authorize, question: AuthorizationQuestion) {
    super();
    this.type = type;
    this.authorize = authorize;
    this.question = question;
  }

  with(type: Type, known: Partial<AuthorizationQuestion>): Check {
    return new Check(type, this.authorize, { ...this.question, ...known });
  }

  /** Kubernetes has no comparison for these either. */
  equals(): CelError {
    return noSuchOverload;
  }

  override toString(): string {
    return this.type.name;
  }
}

class Decision extends Opaque {
  readonly answer: AuthorizationAnswer;

  constructor(answer: AuthorizationAnswer) {
    super();
    this.answer = answer;
  }

  get type(): Type {
    return decisionType;
  }

  equals(): CelError {
    return noSuchOverload;
  }

  override toString(): string {
    return decisionType.name;
  }
}

/** The value of the variable `authorizer`. */
export const createAuthorizer = (authorize: Authorize): Value => new Check(authorizerType, authorize, nothing);

/** The value of the variable `authorizer.requestResource`. */
export function createResourceCheck(authorize: Authorize, resource: Partial<AuthorizationQuestion>): Value {
  return new Check(resourceCheckType, authorize, { ...nothing, ...resource });
}

const ask = (check: Value, verb: Value): Result => {
  const { authorize, question } = check as Check;
  return new Decision(authorize({ ...question, verb: verb as string }));
};

const labelForm = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomainForm = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function serviceAccount(authorizer: Value, namespace: string, name: string): Result {
  if (name.length > 253 || !subdomainForm.test(name)) return new CelError('Invalid service account name');
  if (namespace.length > 63 || !labelForm.test(namespace)) return new CelError('Invalid service account namespace');
  return (authorizer as Check).with(authorizerType, { serviceAccount: { namespace, name } });
}

/** A function that makes a question more exact; with a `noun` its argument may not be blank. */
const step = (name: string, [id, from, to]: readonly [string, Type, Type], noun?: string): FunctionDecl => ({
  name,
  overloads: [
    method(id, [[from, string], to], (check, text) => {
      if (noun !== undefined && (text as string).trim() === '') return new CelError(`${noun} must not be empty`);
      return (check as Check).with(to, { [name]: text as string });
    }),
  ],
});

const answerPart = (name: string, type: Type, read: (answer: AuthorizationAnswer) => Value): FunctionDecl => ({
  name,
  overloads: [method(`decision_${name}`, [[decisionType], type], (decision) => read((decision as Decision).answer))],
});

/** Questions of what the user who sent a request may do. */
export const authorizerFunctions: readonly FunctionDecl[] = [
  step('path', ['authorizer_path', authorizerType, pathCheckType], 'path'),
  step('group', ['authorizer_group', authorizerType, groupCheckType]),
  {
    name: 'serviceAccount',
    overloads: [
      method('authorizer_serviceaccount', [[authorizerType, string, string], authorizerType], (authorizer = null, namespace, name) =>
        serviceAccount(authorizer, namespace as string, name as string),
      ),
    ],
  },
  step('resource', ['groupcheck_resource', groupCheckType, resourceCheckType], 'resource'),
  step('subresource', ['resourcecheck_subresource', resourceCheckType, resourceCheckType]),
  step('namespace', ['resourcecheck_namespace', resourceCheckType, resourceCheckType]),
  step('name', ['resourcecheck_name', resourceCheckType, resourceCheckType]),
  step('fieldSelector', ['authorizer_fieldselector', resourceCheckType, resourceCheckType]),
  step('labelSelector', ['authorizer_labelselector', resourceCheckType, resourceCheckType]),
  {
    name: 'check',
    overloads: [
      method('pathcheck_check', [[pathCheckType, string], decisionType], (check = null, verb = null) => ask(check, verb)),
      method('resourcecheck_check', [[resourceCheckType, string], decisionType], (check = null, verb = null) => ask(check, verb)),
    ],
  },
  answerPart('errored', bool, ({ error }) => error !== undefined),
  answerPart('error', string, ({ error }) => error ?? ''),
  answerPart('allowed', bool, ({ isAllowed }) => isAllowed),
  answerPart('reason', string, ({ reason }) => reason),
];
