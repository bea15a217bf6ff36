import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { errorReference } from '../../scripts/write-docs.ts'
import { reactions } from '../src/reactions.ts'
import { codeRules } from './tidy/code.ts'
import { importRules } from './tidy/imports.ts'
import { nameRules } from './tidy/names.ts'
import { isTest } from './tidy/rule.ts'
import type { File } from './tidy/source.ts'
import { ROOT, readFile, readRepository } from './tidy/source.ts'

const files = readRepository()
const rules = [...importRules, ...codeRules, ...nameRules]

describe('the house rules hold:', () => {
  for (const { holds, advice, violations } of rules) {
    it(holds, () => {
      const found = violations(files)
      if (found.length > 0) expect.fail([advice, ...found].join('\n'))
    })
  }
})

describe('each rule sees where it is broken:', () => {
  for (const { holds, violations, broken } of rules) {
    it(holds, () => {
      const samples = broken.map((each) => readFile(each.path, each.text))
      const found = violations(samples)
      // Some samples are only there for another one to import.
      const unseen = samples.filter(
        (sample) => !found.some((line) => line.startsWith(sample.path)) && !isImported(sample, samples),
      )
      expect(unseen.map((sample) => sample.path)).toEqual([])
      expect(found).not.toEqual([])
    })
  }

  it('and is quiet about the same words in a string', () => {
    const sample = readFile('server/src/api/a.ts', `export const a = 'any process.env // const a = b(1)'`)
    expect(codeRules.flatMap((rule) => rule.violations([sample]))).toEqual([])
  })
})

function isImported(sample: File, samples: File[]): boolean {
  return samples.some((other) =>
    other.code?.imports.some(
      ({ from }) => path.posix.join(path.posix.dirname(other.path), from) === sample.path,
    ),
  )
}

describe('what stands in two places is the same', () => {
  it('docs/reference/errors.md has every refusal', () => {
    const written = readFileSync(path.join(ROOT, 'docs/reference/errors.md'), 'utf8')
    expect(written, 'Write it anew: node scripts/write-docs.ts').toBe(errorReference())
  })

  it('every verb that is asked for is one that wire.ts knows, and wire.ts knows no other', () => {
    const wired = namesIn(['server/src/wire.ts'], /^\s*'([a-z]+\.[a-zA-Z]+)':/gm)
    const product = files.filter((file) => file.path.startsWith('server/src/') && !isTest(file))
    const asked = namesIn(
      product.map((file) => file.path),
      /\b(?:verb|follows): '([^']+)'/g,
    )
    const advice = 'Add the verb to `verbs` in server/src/wire.ts, or mend its name where it is asked for.'
    expect(without(asked, wired), advice).toEqual([])
    expect(without(wired, asked), 'Nobody asks for this verb: remove it from wire.ts.').toEqual([])
  })

  it('every fact in reactions.ts is said by a verb, and every fact that is said stands there', () => {
    const domain = files.filter((file) => file.path.startsWith('server/src/domain/') && !isTest(file))
    const facts = new Set(reactions.map((each) => each.when))
    const unsaid = [...facts].filter((fact) => !domain.some((file) => file.text.includes(`'${fact}'`)))
    expect(unsaid, 'No verb of the domain says this fact: remove its rows.').toEqual([])
    const said = namesIn(
      domain.map((file) => file.path),
      /enqueueFact\([^)]*?name: '([^']+)'/g,
    )
    expect(without(said, facts), 'Nothing follows this fact: give it a row, or do not say it.').toEqual([])
  })
})

function namesIn(paths: string[], pattern: RegExp): Set<string> {
  const texts = files.filter((file) => paths.includes(file.path)).map((file) => file.text)
  return new Set(texts.flatMap((text) => [...text.matchAll(pattern)].map((found) => found[1] ?? '')))
}

const without = (some: Set<string>, others: Set<string>) => [...some].filter((each) => !others.has(each))
