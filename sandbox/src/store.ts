import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

type Identified = { id: string }
/** An entry without its object is on the shelf: its body is in the database only. */
type Entry = { object: Identified | undefined; seq: number }
type Table = Map<string, Entry>
type Index = { keyOf: (object: never) => string | null | undefined; ids: Map<string, Set<string>> }

/**
 * Objects by kind. The working set is in memory and is written through to SQLite where a data folder is given.
 * An object that was put is never changed in place: put a changed copy. That is what lets `rollback` work and
 * lets an event keep the object as it was.
 */
export type Store = {
  get<T>(kind: string, id: string): T | undefined
  /** Inserts or replaces. A replaced object keeps its place in the insertion order. */
  put<T extends Identified>(kind: string, object: T): T
  remove(kind: string, id: string): void
  /** How many there are of a kind. */
  count(kind: string): number
  /** A number that is higher the later an object was first put; undefined where there is none. */
  place(kind: string, id: string): number | undefined
  /** In insertion order. */
  all<T>(kind: string): Iterable<T>
  /** The other way round; reads no more of them than are taken. */
  newestFirst<T>(kind: string): Iterable<T>
  /** Declares a secondary look-up; an object whose key is null or undefined is left out of it. */
  index<T>(kind: string, name: string, keyOf: (object: T) => string | null | undefined): void
  /** The objects under a key of a declared index, in the order in which they came under that key. */
  by<T>(kind: string, name: string, key: string): T[]
  /** Makes what was put and removed since the last commit durable. One request or clock step is one commit. */
  commit(): void
  /** Takes back what was put and removed since the last commit. */
  rollback(): void
  /** Does something, takes back all that it put, and answers its result: how a preview is made. */
  dryRun<T>(act: () => T): T
}

export type OpenStore = Store & {
  /** Every object with its kind, in insertion order. */
  dump(): { kind: string; object: Identified }[]
  /** Replaces everything by the given objects. */
  load(objects: { kind: string; object: Identified }[]): void
  /** Called after `load`, so that what is derived from the store can be built again. */
  whenLoaded(act: () => void): void
  close(): void
}

function openDatabase(folder: string): DatabaseSync {
  mkdirSync(folder, { recursive: true })
  const database = new DatabaseSync(join(folder, 'sandbox.sqlite'))
  database.exec('pragma journal_mode = wal; pragma synchronous = normal')
  database.exec(
    'create table if not exists objects (seq integer primary key, kind text not null, id text not null, body text not null, unique (kind, id))',
  )
  return database
}

function unfile(index: Index, object: Identified): void {
  const key = index.keyOf(object as never)
  if (key == null) return
  const ids = index.ids.get(key)
  ids?.delete(object.id)
  if (ids?.size === 0) index.ids.delete(key)
}

function file(index: Index, object: Identified): void {
  const key = index.keyOf(object as never)
  if (key == null) return
  const ids = index.ids.get(key)
  if (ids) ids.add(object.id)
  else index.ids.set(key, new Set([object.id]))
}

/**
 * Opens the store; without a folder it lives in memory only. With one, objects of the kinds to be shelved are read from
 * disk each time they are asked for: there are many of them and they are seldom looked at.
 */
export function openStore(folder: string | null, shelved: string[] = []): OpenStore {
  const database = folder === null ? null : openDatabase(folder)
  const tables = new Map<string, Table>()
  const indexes = new Map<string, Map<string, Index>>()
  const loaded: (() => void)[] = []
  let nextSeq = 1
  let undo: { kind: string; id: string; before: Entry | undefined }[] = []

  const table = (kind: string): Table => {
    const found = tables.get(kind)
    if (found) return found
    const made: Table = new Map()
    tables.set(kind, made)
    return made
  }
  const objectOf = (kind: string, id: string, entry: Entry): Identified =>
    entry.object ?? JSON.parse(String(bodyOf?.get(kind, id)?.body))
  const set = (kind: string, id: string, entry: Entry | undefined) => {
    const rows = table(kind)
    const before = rows.get(id)
    const filed = [...(indexes.get(kind)?.values() ?? [])]
    if (filed.length > 0) {
      const was = before && objectOf(kind, id, before)
      const is = entry && objectOf(kind, id, entry)
      for (const index of filed) {
        if (was && is && index.keyOf(was as never) === index.keyOf(is as never)) continue
        if (was) unfile(index, was)
        if (is) file(index, is)
      }
    }
    if (entry) rows.set(id, entry)
    else rows.delete(id)
    return before
  }

  const upsert = database?.prepare(
    'insert into objects (seq, kind, id, body) values (?, ?, ?, ?) on conflict (kind, id) do update set body = excluded.body',
  )
  const erase = database?.prepare('delete from objects where kind = ? and id = ?')
  const bodyOf = database?.prepare('select body from objects where kind = ? and id = ?')
  if (database) {
    const rows = database.prepare(
      `select seq, kind, id, case when kind in (${shelved.map(() => '?').join()}) then null else body end as body
       from objects order by seq`,
    )
    for (const row of rows.iterate(...shelved)) {
      const seq = Number(row.seq)
      const object = row.body === null ? undefined : JSON.parse(String(row.body))
      table(String(row.kind)).set(String(row.id), { object, seq })
      nextSeq = seq + 1
    }
  }

  /** What is filed again after a change was taken back goes to its old place among the others of its key. */
  function restoreOrder(kind: string, id: string, entry: Entry) {
    if (!indexes.has(kind)) return
    const object = objectOf(kind, id, entry)
    const rows = table(kind)
    for (const index of indexes.get(kind)?.values() ?? []) {
      const key = index.keyOf(object as never)
      const ids = key == null ? undefined : index.ids.get(key)
      if (key == null || !ids || ids.size < 2) continue
      const seq = (id: string) => rows.get(id)?.seq ?? 0
      index.ids.set(key, new Set([...ids].sort((a, b) => seq(a) - seq(b))))
    }
  }

  function takeBack(mark: number) {
    for (const { kind, id, before } of undo.splice(mark).reverse()) {
      set(kind, id, before)
      if (before) restoreOrder(kind, id, before)
    }
  }

  function commit() {
    if (undo.length === 0) return
    const touched = undo
    undo = []
    if (!database || !upsert || !erase) return
    const seen = new Set<string>()
    database.exec('begin')
    for (const { kind, id } of touched) {
      const name = `${kind} ${id}`
      if (seen.has(name)) continue
      seen.add(name)
      const entry = tables.get(kind)?.get(id)
      if (!entry) erase.run(kind, id)
      else if (entry.object) upsert.run(entry.seq, kind, id, JSON.stringify(entry.object))
    }
    database.exec('commit')
    for (const { kind, id } of touched) {
      const entry = shelved.includes(kind) ? tables.get(kind)?.get(id) : undefined
      if (entry) entry.object = undefined
    }
  }

  return {
    get<T>(kind: string, id: string) {
      const entry = tables.get(kind)?.get(id)
      return entry && ((entry.object ?? objectOf(kind, id, entry)) as T)
    },
    put(kind, object) {
      const before = tables.get(kind)?.get(object.id)
      undo.push({ kind, id: object.id, before })
      set(kind, object.id, { object, seq: before?.seq ?? nextSeq++ })
      return object
    },
    remove(kind, id) {
      const before = tables.get(kind)?.get(id)
      if (!before) return
      undo.push({ kind, id, before })
      set(kind, id, undefined)
    },
    count: (kind) => tables.get(kind)?.size ?? 0,
    place: (kind, id) => tables.get(kind)?.get(id)?.seq,
    *all<T>(kind: string) {
      for (const [id, entry] of [...table(kind)]) yield objectOf(kind, id, entry) as T
    },
    *newestFirst<T>(kind: string) {
      for (const [id, entry] of [...table(kind)].reverse()) yield objectOf(kind, id, entry) as T
    },
    index(kind, name, keyOf) {
      const index: Index = { keyOf: keyOf as Index['keyOf'], ids: new Map() }
      for (const [id, entry] of table(kind)) file(index, objectOf(kind, id, entry))
      const named = indexes.get(kind) ?? new Map<string, Index>()
      indexes.set(kind, named.set(name, index))
    },
    by<T>(kind: string, name: string, key: string) {
      const index = indexes.get(kind)?.get(name)
      if (!index) throw new Error(`No index "${name}" was declared for ${kind}.`)
      const rows = table(kind)
      return [...(index.ids.get(key) ?? [])].map((id) => objectOf(kind, id, rows.get(id) as Entry) as T)
    },
    commit,
    rollback: () => takeBack(0),
    dryRun(act) {
      const mark = undo.length
      try {
        return act()
      } finally {
        takeBack(mark)
      }
    },
    dump() {
      const entries = [...tables].flatMap(([kind, rows]) =>
        [...rows].map(([id, row]) => ({ kind, seq: row.seq, object: objectOf(kind, id, row) })),
      )
      return entries.sort((a, b) => a.seq - b.seq).map(({ kind, object }) => ({ kind, object }))
    },
    load(objects) {
      commit()
      for (const [kind, rows] of tables) {
        for (const [id, before] of [...rows]) {
          undo.push({ kind, id, before })
          set(kind, id, undefined)
        }
      }
      commit()
      for (const { kind, object } of objects) {
        undo.push({ kind, id: object.id, before: undefined })
        set(kind, object.id, { object, seq: nextSeq++ })
      }
      commit()
      for (const act of loaded) act()
    },
    whenLoaded: (act) => void loaded.push(act),
    close() {
      commit()
      database?.close()
    },
  }
}
