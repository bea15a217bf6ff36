import { execFileSync } from 'node:child_process'
import { lstatSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'vitest/node'

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** A node of the syntax tree, as loosely as rules need it. */
export type Node = { type: string; start: number; end: number; [key: string]: unknown }
export type Comment = { text: string; line: number; isBlock: boolean }
type Import = { from: string; line: number }
type Code = { tree: Node; comments: Comment[]; imports: Import[]; line(offset: number): number }
export type File = { path: string; text: string; code: Code | null }

const BINARY = /\.(png|jpe?g|gif|ico|woff2?|pdf|gz)$/

/** Every file of the repository as it lies there: what git has, and what it would take. */
export function readRepository(): File[] {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], {
    cwd: ROOT,
    encoding: 'utf8',
  })
  return [...new Set(listed.split('\0'))]
    .filter((file) => file !== '' && !BINARY.test(file))
    .flatMap((file) => {
      const text = textOf(file)
      return text === undefined ? [] : [readFile(file, text)]
    })
}

/** What git still lists may be gone from the disk, and a link may lead out of the repository. */
function textOf(file: string): string | undefined {
  const whole = path.join(ROOT, file)
  return lstatSync(whole, { throwIfNoEntry: false })?.isFile() ? readFileSync(whole, 'utf8') : undefined
}

export function readFile(file: string, text: string): File {
  const kind = /\.(ts|tsx|mjs)$/.exec(file)?.[1]
  return { path: file, text, code: kind === undefined ? null : codeOf(file, text, kind) }
}

function codeOf(file: string, text: string, kind: string): Code {
  const lang = kind === 'tsx' ? 'tsx' : 'ts'
  const tree = parseAst(text, { lang }, file) as unknown as Node
  const starts = [0, ...[...text.matchAll(/\n/g)].map((found) => found.index + 1)]
  const line = (offset: number) => starts.findLastIndex((start) => start <= offset) + 1
  return { tree, line, comments: commentsOf(text, tree, line), imports: importsOf(tree, line) }
}

/** Calls `visit` for every node, parents first. */
export function walk(
  node: Node,
  visit: (node: Node, parent: Node | null) => void,
  parent: Node | null = null,
) {
  visit(node, parent)
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walk(child, visit, node)
    }
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string'
}

const IMPORTING = [
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
]

function importsOf(tree: Node, line: Code['line']): Import[] {
  const found: Import[] = []
  walk(tree, (node) => {
    const source = IMPORTING.includes(node.type) ? (node.source as Node | null) : null
    if (source?.type === 'Literal') found.push({ from: String(source.value), line: line(node.start) })
  })
  return found
}

/** What stands between slashes once every string, template, regular expression and text of a page is blanked out. */
function commentsOf(text: string, tree: Node, line: Code['line']): Comment[] {
  const characters = text.split('')
  walk(tree, (node) => {
    if (!['Literal', 'TemplateElement', 'JSXText'].includes(node.type)) return
    for (let at = node.start; at < node.end; at++) if (characters[at] !== '\n') characters[at] = ' '
  })
  return [...characters.join('').matchAll(/\/\/.*|\/\*[\s\S]*?\*\//g)].map((found) => ({
    text: text.slice(found.index, found.index + found[0].length),
    line: line(found.index),
    isBlock: found[0].startsWith('/*'),
  }))
}
