import type { Exceptions, Rule } from './rule.ts'
import { isTest } from './rule.ts'
import type { Node } from './source.ts'
import {
  comments,
  FUNCTIONS,
  importsEnv,
  isBarrel,
  isCommentedCode,
  isDefaultExport,
  isGroupOfTests,
  isMember,
  isWallTimeInSql,
  leavesTestOut,
  nodesWhere,
  ownLines,
  readsClock,
  standsIn,
} from './syntax.ts'

const FILE_LINES_MAX = 300
const FUNCTION_LINES_MAX = 70
const PARAMETERS_MAX = 3

const READS_ENVIRONMENT: Exceptions = {
  'server/src/config.ts': 'the one place, where every setting is checked',
}

const READS_CLOCK: Exceptions = {
  'server/src/lib/clock.ts': 'the one place, where wall time and business time are told apart',
  'sandbox/src/clock.ts': 'the sandbox’s clock, which flows with the wall’s',
  'sandbox/src/barriers.ts':
    'how long a listener may take to answer is wall time, also while the clock stands',
}

/** Files whose length is that of a table: rows, no branches. */
const LONG_TABLES: Exceptions = {
  'server/test/scenarios/bad-input.test.ts': 'one row for each way of asking wrongly',
}

/** Files that may say `any`. */
const ANY: Exceptions = {
  'server/test/world.ts':
    'a scenario reads whatever JSON the public interface answers, as a user of it would',
}

const PACKAGE_ENTRIES = ['client/src/main.ts', 'sandbox/src/main.ts', 'server/src/main.ts']

export const codeRules: Rule[] = [
  {
    holds: 'only config.ts reads the environment',
    advice:
      'Add the setting to server/src/config.ts, where it is checked at start, and take its value as an argument.',
    violations: (files) =>
      files
        .filter((file) => /^(server|sandbox|client|web)\/src\//.test(file.path) && !isTest(file))
        .filter((file) => READS_ENVIRONMENT[file.path] === undefined)
        .flatMap((file) =>
          nodesWhere(file, (node) => isMember(node, 'process', 'env') || importsEnv(node)).map(
            (at) => `${at}: reads the environment`,
          ),
        ),
    broken: [
      { path: 'server/src/cli/a.ts', text: 'export const a = process.env.A' },
      { path: 'server/src/cli/b.ts', text: `import { env } from 'node:process'` },
    ],
  },
  {
    holds: 'only the clocks read the time',
    advice:
      'Take the time as an argument, or ask lib/clock.ts: wallNow() for keys, links and leases, businessNow(tx) for whatever is billed. The sandbox asks its own clock.',
    violations: (files) =>
      files
        .filter((file) => /^(server|sandbox)\/src\//.test(file.path) && !isTest(file))
        .filter((file) => READS_CLOCK[file.path] === undefined)
        .flatMap((file) => nodesWhere(file, readsClock).map((at) => `${at}: reads the time`)),
    broken: [
      { path: 'server/src/api/a.ts', text: 'export const a = new Date()' },
      { path: 'server/src/api/b.ts', text: 'export const b = Date.now()' },
      { path: 'sandbox/src/c.ts', text: 'export const c = Temporal.Now.instant()' },
    ],
  },
  {
    holds: 'the domain’s SQL knows business time only',
    advice:
      'Write business_now(): it is the wall’s time in production, and the sandbox’s where there is one.',
    violations: (files) =>
      files
        .filter((file) => file.path.startsWith('server/src/domain/') && !isTest(file))
        .flatMap((file) =>
          nodesWhere(file, isWallTimeInSql).map((at) => `${at}: asks the database for wall time`),
        ),
    broken: [{ path: 'server/src/domain/usage/a.ts', text: 'export const a = sql`select now() as at`' }],
  },
  {
    holds: 'no type is switched off',
    advice: 'Name the type, take unknown and check it, or describe the few fields that you read.',
    violations: (files) =>
      files.flatMap((file) => [
        ...(ANY[file.path] === undefined
          ? nodesWhere(file, (node) => node.type === 'TSAnyKeyword').map((at) => `${at}: any`)
          : []),
        ...comments(file, ({ text }) => /@ts-(ignore|nocheck|expect-error)/.test(text)).map(
          (at) => `${at}: silences the types`,
        ),
      ]),
    broken: [
      { path: 'web/src/a.ts', text: 'export const a: any = 1' },
      { path: 'web/src/b.tsx', text: '// @ts-ignore\nexport const b: string = 1' },
    ],
  },
  {
    holds: 'nothing is exported by default, and there are no barrels',
    advice: 'Export by name from the file that defines it, and import from there.',
    violations: (files) =>
      files
        .filter((file) => !/\.config\.ts$/.test(file.path))
        .flatMap((file) => [
          ...nodesWhere(file, isDefaultExport).map((at) => `${at}: default export`),
          ...(isBarrel(file) && !PACKAGE_ENTRIES.includes(file.path)
            ? [`${file.path}: only exports what other files define`]
            : []),
        ]),
    broken: [
      { path: 'web/src/a.ts', text: 'export default 1' },
      { path: 'web/src/b.ts', text: 'const b = 1\nexport { b as default }' },
      { path: 'web/src/c.ts', text: `export * from './a.ts'\nexport { b } from './b.ts'` },
    ],
  },
  {
    holds: 'every test runs',
    advice: 'Mend the test or remove it; one that is left out protects nothing.',
    violations: (files) =>
      files
        .filter(isTest)
        .flatMap((file) => nodesWhere(file, leavesTestOut).map((at) => `${at}: leaves tests out`)),
    broken: [
      { path: 'server/src/a.test.ts', text: `it.skip('a', () => {})` },
      { path: 'server/src/b.test.ts', text: `describe.only('a', () => {})` },
      { path: 'server/src/c.test.ts', text: `test.concurrent.todo('a')` },
      { path: 'server/src/d.test.ts', text: `it.skipIf(true)('a', () => {})` },
    ],
  },
  {
    holds: 'no test stands in for our own code or its time',
    advice:
      'Use the real part: Postgres, the sandbox over HTTP, a clock that is moved. To wait, wait for the thing: expect.poll or vi.waitFor.',
    violations: (files) =>
      files
        .filter(isTest)
        .flatMap((file) => nodesWhere(file, standsIn).map((at) => `${at}: stands in for the real thing`)),
    broken: [
      { path: 'server/src/a.test.ts', text: `vi.mock('./b.ts')` },
      { path: 'server/src/c.test.ts', text: 'vi.useFakeTimers()' },
    ],
  },
  {
    holds: 'no code is commented out',
    advice: 'Delete it; git remembers.',
    violations: (files) =>
      files.flatMap((file) => comments(file, isCommentedCode).map((at) => `${at}: looks like code`)),
    broken: [
      { path: 'web/src/a.ts', text: '// const a = b(1)' },
      { path: 'web/src/b.ts', text: 'export const b = 1\n// doIt(b)' },
      { path: 'web/src/c.ts', text: '/* if (a) return b */' },
    ],
  },
  {
    holds: `a file has at most ${FILE_LINES_MAX} lines`,
    advice:
      'Look for the second noun or verb in it and give that a file. A table of rows may be named in LONG_TABLES, with why.',
    violations: (files) =>
      files
        .filter((file) => file.code !== null && LONG_TABLES[file.path] === undefined)
        .map((file) => ({ file, lines: file.text.trimEnd().split('\n').length }))
        .filter(({ lines }) => lines > FILE_LINES_MAX)
        .map(({ file, lines }) => `${file.path}: ${lines} lines`),
    broken: [{ path: 'web/src/a.ts', text: 'export {}\n'.repeat(FILE_LINES_MAX + 1) }],
  },
  {
    holds: `a function has at most ${FUNCTION_LINES_MAX} lines of its own`,
    advice: 'Name its steps and make them functions. A function declared inside another counts for itself.',
    violations: (files) =>
      files.flatMap((file) =>
        nodesWhere(file, (node, parent) => {
          if (!FUNCTIONS.includes(node.type) || isGroupOfTests(file, parent)) return false
          return ownLines(file, node) > FUNCTION_LINES_MAX
        }).map((at) => `${at}: a function of more than ${FUNCTION_LINES_MAX} lines`),
      ),
    broken: [
      { path: 'web/src/a.ts', text: `export function a() {${'\n'.repeat(FUNCTION_LINES_MAX)}}` },
      { path: 'web/src/b.test.ts', text: `it('b', () => {${'\n'.repeat(FUNCTION_LINES_MAX)}})` },
    ],
  },
  {
    holds: `a function of the product takes at most ${PARAMETERS_MAX} parameters`,
    advice: 'From the fourth parameter on, take an object: its names then stand where it is called.',
    violations: (files) =>
      files
        .filter((file) => /^(server|client|web)\/src\//.test(file.path) && !isTest(file))
        .flatMap((file) =>
          nodesWhere(
            file,
            (node) => FUNCTIONS.includes(node.type) && (node.params as Node[]).length > PARAMETERS_MAX,
          ).map((at) => `${at}: more than ${PARAMETERS_MAX} parameters`),
        ),
    broken: [{ path: 'web/src/b.ts', text: 'export const b = (c: 1, d: 2, e: 3, f: 4) => [c, d, e, f]' }],
  },
]
