import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BuildFailure } from '../build-failure.ts';
import { sourceTreeOf } from '../source-tree.ts';
import { detectApplication } from './detect.ts';
import { readFairwayFile } from './fairway-file.ts';
import type { BuildPlan } from './plan.ts';

const detect = (files: Record<string, string>, parameters: Record<string, string> = {}): BuildPlan => {
  const source = sourceTreeOf(files);
  return detectApplication(source, readFairwayFile(source, parameters));
};
const shown = (plan: BuildPlan): string[] => plan.commands.map(({ file, args }) => [file, ...args].join(' '));
const pack = (content: object): string => JSON.stringify(content);

const flask = 'from flask import Flask\napp = Flask(__name__)\n';
const fastapi = 'from fastapi import FastAPI\napi = FastAPI()\n';

interface Case {
  because: string;
  files: Record<string, string>;
  expected: Partial<Pick<BuildPlan, 'language' | 'shape' | 'port' | 'isPortFixed' | 'schedule'>> & {
    run?: RegExp;
    commands?: string[];
    notes?: RegExp;
  };
}

const cases: readonly Case[] = [
  {
    because: 'a plain start script runs without npm',
    files: { 'package.json': pack({ scripts: { start: 'node server.js' } }), 'server.js': '' },
    expected: { language: 'node', shape: 'web', port: 8080, run: /^node server\.js$/, commands: [] },
  },
  {
    because: 'a start script that needs more goes through npm',
    files: { 'package.json': pack({ scripts: { start: 'NODE_ENV=x next start -p $PORT' } }) },
    expected: { run: /^npm run --silent start$/ },
  },
  {
    because: 'a prestart script must run too',
    files: { 'package.json': pack({ scripts: { prestart: 'x', start: 'node a.js' } }) },
    expected: { run: /^npm run --silent start$/ },
  },
  {
    because: 'main is what starts without a start script',
    files: { 'package.json': pack({ main: './lib/x.js' }), 'lib/x.js': '' },
    expected: { run: /^node lib\/x\.js$/ },
  },
  {
    because: 'a locked npm project installs exactly that',
    files: {
      'package.json': pack({ dependencies: { ms: '1' }, devDependencies: { x: '1' }, scripts: { build: 'tsc', start: 'node dist/a.js' } }),
      'package-lock.json': '',
    },
    expected: { commands: ['npm ci --no-audit --no-fund', 'npm run --silent build', 'npm prune --omit=dev --no-audit --no-fund'] },
  },
  {
    because: 'an unlocked project is built, and told about it',
    files: { 'package.json': pack({ dependencies: { ms: '1' } }), 'index.js': '' },
    expected: { commands: ['npm install --no-audit --no-fund --no-package-lock'], notes: /package-lock\.json/ },
  },
  {
    because: 'yarn by its lock file',
    files: { 'package.json': pack({ dependencies: { ms: '1' } }), 'yarn.lock': '', 'index.js': '' },
    expected: { commands: ['yarn install --frozen-lockfile'] },
  },
  {
    because: 'a newer yarn by its settings',
    files: { 'package.json': pack({ dependencies: { ms: '1' } }), 'yarn.lock': '', '.yarnrc.yml': '', 'index.js': '' },
    expected: { commands: ['yarn install --immutable'] },
  },
  {
    because: 'pnpm by its lock file',
    files: { 'package.json': pack({ dependencies: { ms: '1' } }), 'pnpm-lock.yaml': '', 'index.js': '' },
    expected: { commands: ['pnpm install --frozen-lockfile'] },
  },
  {
    because: 'a development server is a web site once it is built',
    files: { 'package.json': pack({ scripts: { start: 'react-scripts start', build: 'react-scripts build' } }) },
    expected: { language: 'node', shape: 'web', run: /static-server/ },
  },
  {
    because: 'a build script and no server make a web site',
    files: { 'package.json': pack({ scripts: { build: 'vite build' }, main: 'index.js' }), 'index.html': '' },
    expected: { run: /static-server/ },
  },
  {
    because: 'a lone server file needs no package.json',
    files: { 'server.js': '' },
    expected: { language: 'node', run: /^node server\.js$/ },
  },
  {
    because: 'Flask runs by its own command',
    files: { 'requirements.txt': 'Flask==3 # web\n', 'app.py': flask },
    expected: {
      language: 'python',
      run: /exec python3 -m flask --app app run --host/,
      commands: ['python3 -m pip install --no-compile --quiet --target .python-packages -r requirements.txt'],
    },
  },
  {
    because: 'gunicorn is preferred where it is asked for',
    files: { 'requirements.txt': 'flask\ngunicorn>=20\n', 'main.py': flask },
    expected: { run: /-m gunicorn --bind .* 'main:app'/ },
  },
  {
    because: 'FastAPI runs by uvicorn, with the name of its variable',
    files: { 'requirements.txt': 'fastapi\nuvicorn[standard]\n', 'main.py': fastapi },
    expected: { run: /-m uvicorn main:api --host/ },
  },
  {
    because: 'FastAPI without uvicorn is told so',
    files: { 'requirements.txt': 'starlette\n', 'main.py': fastapi },
    expected: { run: /^python3 main\.py$/, notes: /uvicorn/ },
  },
  {
    because: 'Django by manage.py',
    files: { 'requirements.txt': 'django\n', 'manage.py': '', 'site/wsgi.py': '' },
    expected: { run: /manage\.py runserver --noreload/, notes: /gunicorn/ },
  },
  {
    because: 'pyproject.toml lists dependencies too',
    files: {
      'pyproject.toml': '[project]\nname = "x"\ndependencies = [\n  "fastapi[all]>=0.1", # web\n  \'uvicorn\',\n]\n[tool.x]\n',
      'main.py': fastapi,
    },
    expected: {
      run: /uvicorn main:api/,
      commands: ['python3 -m pip install --no-compile --quiet --target .python-packages -- fastapi[all]>=0.1 uvicorn'],
    },
  },
  {
    because: 'a script without requirements installs nothing',
    files: { 'main.py': 'print(1)' },
    expected: { language: 'python', run: /^python3 main\.py$/, commands: [] },
  },
  {
    because: 'Go builds the package main of the root',
    files: { 'go.mod': '', 'main.go': 'package main\n', 'package.json': '{}' },
    expected: {
      language: 'go',
      run: /^\.\/server$/,
      commands: ['go build -trimpath -buildvcs=false -ldflags=-buildid= -o .fairway/server .'],
    },
  },
  {
    because: 'Go finds the one command of cmd/',
    files: { 'go.mod': '', 'cmd/api/main.go': '// x\npackage main\n' },
    expected: { commands: ['go build -trimpath -buildvcs=false -ldflags=-buildid= -o .fairway/server ./cmd/api'] },
  },
  { because: 'static files', files: { 'index.html': '', 'app.js': '' }, expected: { language: 'static', run: /static-server/ } },
  {
    because: 'a Procfile decides how it starts',
    files: { 'package.json': pack({ scripts: { start: 'node a.js' } }), Procfile: '# x\nweb: node b.js --x=1\nworker: node w.js\n' },
    expected: { shape: 'web', run: /^node b\.js --x=1$/ },
  },
  {
    because: 'one other process is a worker',
    files: { 'main.py': '', Procfile: 'queue: python3 main.py\n' },
    expected: { shape: 'worker', run: /^python3 main\.py$/ },
  },
  {
    because: 'variables of a Procfile need a shell, with the packages on its path',
    files: { 'requirements.txt': 'gunicorn\n', 'x.py': '', Procfile: 'web: gunicorn x:app --bind $HOST:$PORT\n' },
    expected: { run: /^\/bin\/sh -c PATH="\$PWD\/\.python-packages\/bin:\$PATH"; export PATH; exec gunicorn/ },
  },
  {
    because: 'a chain of commands is not replaced by its first one',
    files: { Procfile: 'web: ./prepare && ./serve\n' },
    expected: { language: 'procfile', run: /^\/bin\/sh -c \.\/prepare && \.\/serve$/ },
  },
  {
    because: 'a schedule makes a task',
    files: { 'fairway.yaml': 'schedule: "0 3 * * *"\ncommand: node t.js\n' },
    expected: { shape: 'task', schedule: '0 3 * * *', run: /^node t\.js$/ },
  },
  {
    because: 'a port of its own is kept',
    files: { 'server.js': '', 'fairway.yaml': 'port: 3000\n' },
    expected: { port: 3000, isPortFixed: true },
  },
  {
    because: 'a command of its own replaces the build script',
    files: { 'package.json': pack({ scripts: { build: 'x', start: 'node a.js' } }), 'fairway.yaml': 'build: node make.js\n' },
    expected: { commands: ['node make.js'] },
  },
  {
    because: 'workload.yaml makes a service on its port',
    files: { 'server.js': '', 'workload.yaml': 'metadata: {name: w}\nendpoints: [{name: a, port: 9090, type: REST}]\n' },
    expected: { shape: 'service', port: 9090, isPortFixed: false },
  },
  {
    because: 'a Dockerfile beside a language is passed over, and told',
    files: { 'server.js': '', Dockerfile: '' },
    expected: { language: 'node', notes: /Dockerfile was passed over/ },
  },
];

describe('detection', () => {
  for (const { because, files, expected } of cases) {
    test(because, () => {
      const plan = detect(files);

      const { run, commands, notes, ...plain } = expected;
      for (const [field, value] of Object.entries(plain)) assert.equal(plan[field as keyof BuildPlan], value, field);
      if (run !== undefined) assert.match(plan.run.join(' '), run);
      if (commands !== undefined) assert.deepEqual(shown(plan), commands);
      if (notes === undefined) assert.deepEqual(plan.notes, []);
      else assert.match(plan.notes.join('\n'), notes);
    });
  }

  const refused = [
    { because: 'a start is not known', files: { 'package.json': '{}' }, message: /neither a "start" script nor/ },
    { because: 'two processes and none is web', files: { Procfile: 'a: x\nb: y\n' }, message: /a, b and none is called web/ },
    { because: 'a Procfile that is none', files: { Procfile: 'just words\n' }, message: /Line 1 of the Procfile/ },
    { because: 'a task without a schedule', files: { 'server.js': '', 'fairway.yaml': 'shape: task\n' }, message: /needs a schedule/ },
    { because: 'Go without a program', files: { 'go.mod': '', 'lib.go': 'package lib\n' }, message: /package main/ },
  ];
  for (const { because, files, message } of refused) {
    test(`refuses ${because}`, () => {
      assert.throws(
        () => detect(files as Record<string, string>),
        (error) => error instanceof BuildFailure && error.phase === 'detect' && message.test(error.message),
      );
    });
  }

  test('parameters of the build win over fairway.yaml, and unknown ones are left alone', () => {
    const plan = detect({ 'server.js': '', 'fairway.yaml': 'port: 3000\n' }, { port: '4000', 'docker-context': '.' });
    assert.equal(plan.port, 4000);
  });
});
