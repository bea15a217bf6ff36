/** What a form holds: text, or fields by name. A list arrives as fields named 0, 1, 2 or as `[]`. */
export type Raw = string | { [name: string]: Raw }

const isText = (raw: Raw | undefined): raw is string => typeof raw === 'string'

function place(root: { [name: string]: Raw }, keys: string[], value: string): void {
  let node = root
  keys.forEach((key, position) => {
    const name = key === '' ? String(Object.keys(node).length) : key
    if (position === keys.length - 1) {
      node[name] = value
      return
    }
    const inner = node[name]
    const next: { [name: string]: Raw } = inner === undefined || isText(inner) ? Object.create(null) : inner
    node[name] = next
    node = next
  })
}

/** Reads `a[b][0]=c` from a form body or query as api.stripe.com does; later pairs overwrite earlier ones. */
export function parseForm(text: string): { [name: string]: Raw } {
  const root: { [name: string]: Raw } = Object.create(null)
  for (const [name, value] of new URLSearchParams(text)) {
    const shape = /^([^[]*)((?:\[[^\]]*\])*)$/.exec(name)
    const inner = shape ? [...(shape[2] ?? '').matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? '') : []
    place(root, shape ? [shape[1] ?? '', ...inner] : [name], value)
  }
  return root
}
