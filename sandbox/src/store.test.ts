import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { openStore } from './store.ts'

type Cat = { id: string; owner: string | null }
const folders: string[] = []
const folder = () => {
  const made = mkdtempSync(join(tmpdir(), 'sandbox-store-'))
  folders.push(made)
  return made
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true })
})

const ids = (cats: Iterable<Cat>) => [...cats].map(({ id }) => id)

test('an index follows changes, removals and rollback', () => {
  const store = openStore(null)
  store.index<Cat>('cat', 'owner', ({ owner }) => owner)
  store.put<Cat>('cat', { id: 'a', owner: 'ann' })
  store.put<Cat>('cat', { id: 'b', owner: 'ann' })
  store.commit()
  store.put<Cat>('cat', { id: 'a', owner: 'bob' })
  store.remove('cat', 'b')
  expect([ids(store.by('cat', 'owner', 'ann')), ids(store.by('cat', 'owner', 'bob'))]).toEqual([[], ['a']])
  store.rollback()
  expect([ids(store.by('cat', 'owner', 'ann')).sort(), ids(store.by('cat', 'owner', 'bob'))]).toEqual([
    ['a', 'b'],
    [],
  ])
})

test('a dry run answers its result and leaves what was put before it', () => {
  const store = openStore(null)
  store.put<Cat>('cat', { id: 'a', owner: null })
  const seen = store.dryRun(() => {
    store.put<Cat>('cat', { id: 'a', owner: 'ann' })
    store.put<Cat>('cat', { id: 'b', owner: null })
    return ids(store.all<Cat>('cat'))
  })
  expect([seen, ids(store.all<Cat>('cat')), store.get<Cat>('cat', 'a')?.owner]).toEqual([
    ['a', 'b'],
    ['a'],
    null,
  ])
})

test('what is taken back keeps its place under its key', () => {
  const store = openStore(null)
  store.index<Cat>('cat', 'owner', ({ owner }) => owner)
  for (const id of ['a', 'b', 'c']) store.put<Cat>('cat', { id, owner: 'ann' })
  store.dryRun(() => {
    for (const id of ['a', 'b', 'c']) store.put<Cat>('cat', { id, owner: 'bob' })
  })
  expect(ids(store.by('cat', 'owner', 'ann'))).toEqual(['a', 'b', 'c'])
})

test('what was committed is there after opening again, in its order; what was not is gone', () => {
  const place = folder()
  const store = openStore(place)
  for (const id of ['c', 'a', 'b']) store.put<Cat>('cat', { id, owner: null })
  store.put<Cat>('cat', { id: 'c', owner: 'ann' })
  store.remove('cat', 'a')
  store.commit()
  store.put<Cat>('cat', { id: 'late', owner: null })
  const again = openStore(place)
  expect([ids(again.all<Cat>('cat')), again.get<Cat>('cat', 'c')?.owner]).toEqual([['c', 'b'], 'ann'])
  again.close()
})
