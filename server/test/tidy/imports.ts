import path from 'node:path'
import type { Rule } from './rule.ts'
import { isTest } from './rule.ts'
import type { File } from './source.ts'

/** Left of a noun stands what it may import. Accounts and the catalog stand side by side, first. */
const NOUNS = [
  ['accounts', 'catalog'],
  ['usage'],
  ['subscriptions'],
  ['limits'],
  ['overage'],
  ['invoices'],
  ['numbers'],
  ['notifications'],
  ['analytics'],
  ['reconciliation'],
]

/** Where a file of server/src stands. A folder or file that is not here has no place yet: give it one. */
const LAYERS: [layer: string, place: RegExp][] = [
  ['lib', /^lib\//],
  ['errors', /^errors\.ts$/],
  ['port', /^providers\/[^/]+\/port\.ts$/],
  ['provider errors', /^providers\/[^/]+\/errors\.ts$/],
  ['provider', /^providers\//],
  ['domain', /^domain\//],
  ['inbox', /^(inbox|outbox)\//],
  ['config', /^config\.ts$/],
  ['migrations', /^migrate\.ts$/],
  ['tables', /^(reactions|schedule)\.ts$/],
  ['local', /^local\//],
  ['webhooks', /^webhooks\//],
  ['api', /^api\//],
  ['jobs', /^jobs\//],
  ['cli', /^cli\//],
  ['top', /^(app|wire|main)\.ts$/],
]

const DOOR = ['lib', 'errors', 'port', 'provider errors', 'domain', 'inbox', 'config', 'tables']

/** What each layer may import, beside itself. */
const MAY_IMPORT: Record<string, string[]> = {
  lib: [],
  errors: [],
  port: ['lib'],
  'provider errors': ['lib', 'errors', 'port'],
  provider: ['lib', 'errors', 'port', 'provider errors'],
  domain: ['lib', 'errors', 'port', 'provider errors'],
  inbox: ['lib', 'errors', 'port', 'provider errors', 'domain'],
  config: ['lib', 'errors'],
  migrations: ['lib'],
  tables: ['lib', 'domain'],
  // Brings up what an installation of one's own would already have: it knows no billing.
  local: ['config', 'migrations'],
  webhooks: DOOR,
  api: DOOR,
  jobs: DOOR,
  cli: [...DOOR, 'local', 'migrations'],
  top: [...DOOR, 'provider', 'migrations', 'webhooks', 'api', 'jobs', 'cli'],
}

/** Imports against the direction that are so by design. */
const BY_DESIGN: { from: string; to: string; why: string }[] = [
  {
    from: 'cli/start.ts',
    to: 'app.ts',
    why: 'the command runs the whole program, which only app.ts constructs',
  },
  { from: 'cli/serve.ts', to: 'app.ts', why: 'the command runs one process, which only app.ts constructs' },
]

/** What the domain decides must not depend on how it is reached or on anybody's SDK. */
const OUTSIDE_DOMAIN =
  /^(fastify|@fastify\/.*|@trpc\/.*|stripe|twilio|nodemailer|graphile-worker|pg|prom-client|pino)(\/.*)?$/

const LIB_PACKAGES_WHY = 'a file of lib could be published alone, or it does not belong there'

export const importRules: Rule[] = [
  {
    holds: 'in the server, imports go one way: doors, domain, ports, lib',
    advice: `Move what is needed down, take it as an argument that wire.ts gives, or say a fact (enqueueFact) and add a row to reactions.ts. In lib: ${LIB_PACKAGES_WHY}.`,
    violations: (files) =>
      serverImports(files).flatMap(({ file, from, to, where }) => {
        const [here, there] = [layerOf(from), layerOf(to)]
        if (here === undefined) return [`${file}: stands in no layer of server/test/tidy/imports.ts`]
        if (here === there || (there !== undefined && MAY_IMPORT[here]?.includes(there))) return []
        if (BY_DESIGN.some((each) => each.from === from && each.to === to)) return []
        return [`${where}: ${here} imports ${there ?? 'no known layer'} (${to})`]
      }),
    broken: [
      { path: 'server/src/lib/a.ts', text: `import { b } from '../errors.ts'` },
      { path: 'server/src/webhooks/a.ts', text: `import type { B } from '../api/b.ts'` },
      { path: 'server/src/domain/usage/a.ts', text: `export { b } from '../../providers/stripe/client.ts'` },
      { path: 'server/src/domain/usage/b.ts', text: `const b = await import('../../jobs/worker.ts')` },
      { path: 'server/src/api/c.ts', text: `type B = import('../providers/twilio/sdk.ts').B` },
    ],
  },
  {
    holds: 'between nouns, imports go to the left, and only to noun files and reads',
    advice:
      'Take what you need of another noun’s verbs or writes, or of one to the right, as a function argument that wire.ts gives; or say a fact. A noun file is one that is neither reads.ts nor writes.ts and does not import lib/db.ts: types and pure rules.',
    violations: (files) => {
      const nounFiles = new Set(files.filter(isNounFile).map((file) => file.path))
      return serverImports(files).flatMap(({ from, to, where }) => {
        const [here, there] = [nounOf(from), nounOf(to)]
        if (here === undefined || there === undefined || here === there) return []
        const [at, other] = [placeOf(here), placeOf(there)]
        if (at < 0) return [`${where}: ${here} is not in the order of nouns`]
        if (other < 0 || other >= at)
          return [`${where}: ${here} imports ${there}, which does not stand to its left (${to})`]
        const isAllowed = path.basename(to) === 'reads.ts' || nounFiles.has(`server/src/${to}`)
        return isAllowed ? [] : [`${where}: ${here} imports ${to}, neither a noun file nor reads.ts`]
      })
    },
    broken: [
      { path: 'server/src/domain/usage/a.ts', text: `import type { B } from '../overage/overage.ts'` },
      { path: 'server/src/domain/accounts/a.ts', text: `import type { B } from '../catalog/catalog.ts'` },
      { path: 'server/src/domain/numbers/a.ts', text: `import { b } from '../usage/writes.ts'` },
      { path: 'server/src/domain/numbers/b.ts', text: `import { b } from '../usage/track.ts'` },
    ],
  },
  {
    holds: 'the domain knows neither how it is reached nor an SDK',
    advice: 'Say what you need as a type in providers/<provider>/port.ts, and take it as an argument.',
    violations: (files) => {
      const plain = new Map(
        files.map((file) => [file.path, !file.code?.imports.some((each) => isSdk(each.from))]),
      )
      return files.filter(isDomain).flatMap((file) =>
        (file.code?.imports ?? []).flatMap(({ from, line }) => {
          if (isSdk(from)) return [`${file.path}:${line}: imports ${from}`]
          const target = path.posix.join(path.posix.dirname(file.path), from)
          const isProvider = from.startsWith('.') && target.startsWith('server/src/providers/')
          return isProvider && plain.get(target) === false
            ? [`${file.path}:${line}: imports ${target}, which imports an SDK`]
            : []
        }),
      )
    },
    broken: [
      { path: 'server/src/domain/usage/a.ts', text: `import type Stripe from 'stripe'` },
      { path: 'server/src/domain/usage/b.ts', text: `import { c } from '../../providers/stripe/errors.ts'` },
      { path: 'server/src/providers/stripe/errors.ts', text: `import Stripe from 'stripe'` },
    ],
  },
  {
    holds: 'the packages stay apart',
    advice:
      'The sandbox judges the server from outside and is useful alone; pages and client reach the server over HTTP only. Where the server starts the sandbox, it does so by its package name.',
    violations: (files) =>
      files
        .filter((file) => !isTest(file))
        .flatMap((file) =>
          (file.code?.imports ?? []).flatMap(({ from, line }) => {
            const here = file.path.split('/')[0] ?? ''
            const target = from.startsWith('.') ? path.posix.join(path.posix.dirname(file.path), from) : from
            const there = /^(?:tollgate-)?(sandbox|server|client|web)(?:\/|$)/.exec(target)?.[1]
            if (there === undefined || there === here || !PACKAGES_APART[here]?.includes(there)) return []
            return [`${file.path}:${line}: ${here} imports ${from}`]
          }),
        ),
    broken: [
      { path: 'sandbox/src/a.ts', text: `import { b } from '../../server/src/lib/ids.ts'` },
      { path: 'web/src/a.tsx', text: `import type { B } from 'tollgate-server/catalog'` },
      { path: 'server/src/api/a.ts', text: `import { b } from '../../../web/src/b.ts'` },
    ],
  },
]

const PACKAGES_APART: Record<string, string[]> = {
  sandbox: ['server', 'client', 'web'],
  client: ['server', 'sandbox', 'web'],
  web: ['server', 'sandbox'],
  server: ['web'],
}

type ServerImport = { file: string; from: string; to: string; where: string }

/** Imports of one file of server/src by another, tests left out; both without `server/src/`. */
function serverImports(files: File[]): ServerImport[] {
  return files
    .filter((file) => file.path.startsWith('server/src/') && !isTest(file))
    .flatMap((file) =>
      (file.code?.imports ?? []).flatMap(({ from, line }) => {
        const target = path.posix.join(path.posix.dirname(file.path), from)
        if (!from.startsWith('.') || !target.startsWith('server/src/')) return []
        const strip = (whole: string) => whole.slice('server/src/'.length)
        return [{ file: file.path, from: strip(file.path), to: strip(target), where: `${file.path}:${line}` }]
      }),
    )
}

const layerOf = (file: string) => LAYERS.find(([, place]) => place.test(file))?.[0]
const nounOf = (file: string) => /^domain\/([^/]+)\//.exec(file)?.[1]
const placeOf = (noun: string) => NOUNS.findIndex((sameRank) => sameRank.includes(noun))
const isDomain = (file: File) => file.path.startsWith('server/src/domain/') && !isTest(file)
const isSdk = (from: string) => OUTSIDE_DOMAIN.test(from)

function isNounFile(file: File): boolean {
  if (!isDomain(file) || /\/(reads|writes)\.ts$/.test(file.path)) return false
  return !file.code?.imports.some((each) => each.from.endsWith('/lib/db.ts'))
}
