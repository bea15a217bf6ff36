import { Refusal } from './refusal.ts'

/** Every list takes these. */
export const pageParameters = { PageSize: 'integer', Page: 'integer', PageToken: 'text' } as const
type Asked = { PageSize?: number; Page?: number; PageToken?: string }
type Slice<T> = { items: T[]; page: number; size: number; start: number; token: string | null }

const largestPage = 1000

/** The page size that was asked for: 50 unless said otherwise, 1000 at most. */
export function pageSize(asked: Asked): number {
  const size = asked.PageSize ?? 50
  if (size > largestPage)
    throw new Refusal(20007, `Page size too large: at most ${largestPage}, not ${size}.`)
  if (size < 1) throw new Refusal(20422, 'Invalid Parameter: PageSize must be at least 1.')
  return size
}

/**
 * One page of a list. A page token names the last item of the page before, so that what is added or removed
 * meanwhile neither repeats nor skips anything; where that item is gone, the page's number decides.
 */
function slice<T>(items: T[], asked: Asked, idOf: (item: T) => string): Slice<T> {
  const size = pageSize(asked)
  const page = asked.Page ?? 0
  const token = asked.PageToken
  if (token !== undefined && !token.startsWith('PA')) throw new Refusal(21481, 'Invalid PageToken')
  const last = token === undefined ? -1 : items.findIndex((item) => `PA${idOf(item)}` === token)
  const begin = last >= 0 ? last + 1 : page * size
  const shown = items.slice(begin, begin + size)
  const end = shown.at(-1)
  const more = begin + size < items.length && end !== undefined
  return { items: shown, page, size, start: page * size, token: more ? `PA${idOf(end)}` : null }
}

function address(
  path: string,
  query: URLSearchParams,
  at: { size: number; page: number; token?: string | null },
) {
  const kept = new URLSearchParams(query)
  for (const name of Object.keys(pageParameters)) kept.delete(name)
  kept.set('PageSize', String(at.size))
  kept.set('Page', String(at.page))
  if (at.token) kept.set('PageToken', at.token)
  return `${path}?${kept}`
}

type Listing<T> = {
  key: string
  items: T[]
  idOf: (item: T) => string
  show: (item: T) => object
  asked: Asked
  /** Path and query of the request, from which the pages' addresses are made. */
  path: string
  query: URLSearchParams
}

/** A list as the 2010-04-01 API answers it: addresses of pages are paths, beside the items. */
export function pageOf<T>(list: Listing<T>): object {
  const { items, page, size, start, token } = slice(list.items, list.asked, list.idOf)
  const at = (number: number, withToken?: string | null) =>
    address(list.path, list.query, { size, page: number, ...(withToken ? { token: withToken } : {}) })
  return {
    first_page_uri: at(0),
    end: start + Math.max(items.length - 1, 0),
    previous_page_uri: page > 0 ? at(page - 1) : null,
    uri: at(page, list.asked.PageToken),
    page_size: size,
    start,
    next_page_uri: token ? at(page + 1, token) : null,
    page,
    [list.key]: items.map(list.show),
  }
}

/** A list as the newer products answer it: absolute addresses under `meta`. */
export function metaPageOf<T>(list: Listing<T> & { origin: string }): object {
  const { items, page, size, token } = slice(list.items, list.asked, list.idOf)
  const at = (number: number, withToken?: string | null) =>
    list.origin +
    address(list.path, list.query, { size, page: number, ...(withToken ? { token: withToken } : {}) })
  return {
    [list.key]: items.map(list.show),
    meta: {
      page,
      page_size: size,
      first_page_url: at(0),
      previous_page_url: page > 0 ? at(page - 1) : null,
      url: at(page, list.asked.PageToken),
      next_page_url: token ? at(page + 1, token) : null,
      key: list.key,
    },
  }
}
