import type { Exceptions, Rule } from './rule.ts'

const DEPTH_MAX = 3

/** Joined here, so that this file does not hold what it looks for. */
const joined = (...parts: string[]) => parts.join('')

const LATER = new RegExp(joined('\\b(TO', 'DO|FIX', 'ME|XX', 'X)\\b'))

/** What only makes sense where this was written. */
const WORKPLACE = new RegExp(
  [
    joined('(?<![\\w.:-])/wo', 'rk/'),
    joined('(?<![\\w@/-])(\\.\\./)?sha', 'red/'),
    joined('\\bFAC', 'TS\\.md\\b'),
    joined('//registry\\.', 'npmjs\\.org'),
  ].join('|'),
)

const NAMES_WORKPLACE: Exceptions = {
  '.ci/run': 'runs the checks from outside where they stand beside the repository',
}

const SECRET = new RegExp(
  [
    joined('\\b[sr]k_', 'live_\\w{16,}'),
    joined('\\bwhsec_', '[A-Za-z0-9+/]{32,}'),
    joined('\\b(AC|SK)', '[0-9a-f]{32}\\b'),
    joined('-----BEGIN [A-Z ]*PRIVATE', ' KEY'),
    joined('\\bAKIA', '[0-9A-Z]{16}\\b'),
    joined('\\bgh[pousr]_', '[A-Za-z0-9]{30,}'),
  ].join('|'),
)

export const nameRules: Rule[] = [
  {
    holds: 'names are kebab-case, and say what a thing is or does',
    advice:
      'A folder is a noun, a file is a verb or its noun. What would be a service, a manager or a helper has a better name: what it does.',
    violations: (files) =>
      files
        .filter((file) => /^(server|sandbox|client|web|bench|examples|scripts)\//.test(file.path))
        .flatMap(({ path }) =>
          path.split('/').flatMap((part) => {
            if (/^[A-Z]+\.md$/.test(part)) return []
            const name = part.replace(/^\./, '')
            if (!/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/.test(name))
              return [`${path}: ${part} is not kebab-case`]
            const empty = name
              .split(/[.-]/)
              .find((word) => /^(services?|managers?|utils?|helpers?|misc)$/.test(word))
            return empty === undefined ? [] : [`${path}: “${empty}” says nothing`]
          }),
        ),
    broken: [
      { path: 'web/src/PlanCard.tsx', text: '' },
      { path: 'server/src/domain/usage_events/a.ts', text: '' },
      { path: 'server/src/lib/date-utils.ts', text: '' },
    ],
  },
  {
    holds: `folders under src are at most ${DEPTH_MAX} deep`,
    advice: 'Flatten it: another noun may want a folder beside this one.',
    violations: (files) =>
      files
        .map((file) => /^[^/]+\/src\/(.*)$/.exec(file.path))
        .filter((found) => found !== null && (found[1]?.split('/').length ?? 0) - 1 > DEPTH_MAX)
        .map((found) => `${found?.[0]}: stands ${(found?.[1]?.split('/').length ?? 0) - 1} folders deep`),
    broken: [{ path: 'web/src/a/b/c/d/e.ts', text: '' }],
  },
  {
    holds: 'nothing is left for later',
    advice: 'Do it now, or delete the note and open an issue.',
    violations: (files) => linesWith(files, LATER),
    broken: [
      { path: 'web/src/a.ts', text: joined('// TO', 'DO: more') },
      { path: 'server/migrations/a.sql', text: joined('-- FIX', 'ME') },
    ],
  },
  {
    holds: 'nothing speaks of the place where it was written',
    advice: 'Say the fact itself; whoever clones the repository has only the repository.',
    violations: (files) =>
      linesWith(
        files.filter((file) => NAMES_WORKPLACE[file.path] === undefined),
        WORKPLACE,
      ),
    broken: [
      { path: 'README.md', text: joined('see /wo', 'rk/main') },
      { path: 'web/src/a.ts', text: joined('// as ../sha', 'red/spec says') },
    ],
  },
  {
    holds: 'the lock file names no registry',
    advice:
      'Remove its lines "resolved": every npm then asks the registry it is set up with; the hashes stay.',
    violations: (files) =>
      linesWith(
        files.filter((file) => file.path.endsWith('package-lock.json')),
        /"resolved": "http/,
      ),
    broken: [{ path: 'package-lock.json', text: '"resolved": "https://example.com/a.tgz"' }],
  },
  {
    holds: 'no file holds what looks like a real secret',
    advice:
      'Revoke it if it was one. An example reads sk_test_… or AC…, with the dots; tests make theirs as they run.',
    violations: (files) => linesWith(files, SECRET),
    broken: [
      { path: 'README.md', text: joined('STRIPE_SECRET_KEY=sk_', 'live_51Habc0123456789') },
      { path: 'web/src/a.ts', text: joined('AC', '0'.repeat(32)) },
    ],
  },
]

function linesWith(files: { path: string; text: string }[], pattern: RegExp): string[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const found = pattern.exec(line)
      return found === null ? [] : [`${path}:${index + 1}: ${found[0]}`]
    }),
  )
}
