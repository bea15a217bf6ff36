import { parseAst } from 'vitest/node'
import { isTest } from './rule.ts'
import type { Comment, File, Node } from './source.ts'
import { walk } from './source.ts'

export const FUNCTIONS = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']

const lineOf = (file: File, offset: number) => file.code?.line(offset) ?? 0

function eachNode(file: File, visit: (node: Node, parent: Node | null) => void): void {
  if (file.code !== null) walk(file.code.tree, visit)
}

const DECLARING = ['VariableDeclarator', 'Property', 'MethodDefinition', 'ExportNamedDeclaration']

/** Its lines without those of the functions that are declared in it. */
export function ownLines(file: File, node: Node): number {
  const nested: Node[] = []
  walk(node, (inner, parent) => {
    if (inner === node || !FUNCTIONS.includes(inner.type)) return
    if (nested.some((outer) => outer.start <= inner.start && inner.end <= outer.end)) return
    if (inner.type === 'FunctionDeclaration' || DECLARING.includes(parent?.type ?? '')) nested.push(inner)
  })
  const lines = ({ start, end }: Node) => lineOf(file, end) - lineOf(file, start) + 1
  return nested.reduce((left, inner) => left - (lines(inner) - 1), lines(node))
}

/** `path:line` of each node that is so. */
export function nodesWhere(file: File, is: (node: Node, parent: Node | null) => boolean): string[] {
  const found: string[] = []
  eachNode(file, (node, parent) => {
    if (is(node, parent)) found.push(`${file.path}:${lineOf(file, node.start)}`)
  })
  return found
}

export function comments(file: File, is: (comment: Comment) => boolean): string[] {
  return (file.code?.comments ?? []).filter(is).map(({ line }) => `${file.path}:${line}`)
}

const isNamed = (node: unknown, name: string) =>
  (node as Node | null)?.type === 'Identifier' && (node as Node).name === name

export function isMember(node: Node, object: string, property: string): boolean {
  return node.type === 'MemberExpression' && isNamed(node.object, object) && isNamed(node.property, property)
}

export function importsEnv(node: Node): boolean {
  if (node.type !== 'ImportDeclaration' || (node.source as Node).value !== 'node:process') return false
  return (node.specifiers as Node[]).some((each) => isNamed(each.imported, 'env'))
}

export function readsClock(node: Node): boolean {
  if (node.type === 'NewExpression')
    return isNamed(node.callee, 'Date') && (node.arguments as Node[]).length === 0
  if (node.type === 'CallExpression' && isNamed(node.callee, 'Date')) return true
  return isMember(node, 'Date', 'now') || isMember(node, 'Temporal', 'Now')
}

export function isWallTimeInSql(node: Node): boolean {
  if (node.type !== 'TemplateElement') return false
  const { raw } = node.value as { raw: string }
  return /(?<!business_)\bnow\(\)|\b(current_timestamp|(clock|statement|transaction)_timestamp)\b/i.test(raw)
}

export function isDefaultExport(node: Node): boolean {
  if (node.type === 'ExportDefaultDeclaration') return true
  return node.type === 'ExportSpecifier' && isNamed(node.exported, 'default')
}

export function isBarrel(file: File): boolean {
  const body = (file.code?.tree.body ?? []) as Node[]
  return body.length > 0 && body.every((each) => each.type.startsWith('Export') && each.source)
}

const TESTING = ['it', 'test', 'describe', 'suite', 'bench', 'context', 'ctx']
const LEAVING_OUT = ['skip', 'only', 'todo', 'skipIf', 'runIf', 'fails']

export function leavesTestOut(node: Node): boolean {
  if (node.type !== 'MemberExpression' || !LEAVING_OUT.some((each) => isNamed(node.property, each)))
    return false
  let root = node.object as Node
  while (root.type === 'MemberExpression') root = root.object as Node
  return TESTING.some((each) => isNamed(root, each))
}

export function standsIn(node: Node): boolean {
  if (node.type !== 'MemberExpression' || !isNamed(node.object, 'vi')) return false
  return !['waitFor', 'waitUntil'].some((each) => isNamed(node.property, each))
}

/** The callback of a `describe` only lists tests. */
export function isGroupOfTests(file: File, parent: Node | null): boolean {
  if (!isTest(file) || parent?.type !== 'CallExpression') return false
  let root = parent.callee as Node
  while (root.type === 'MemberExpression' || root.type === 'CallExpression')
    root = (root.type === 'CallExpression' ? root.callee : root.object) as Node
  return isNamed(root, 'describe')
}

const BEGINS_AS_CODE =
  /^(const|let|var|import|export|return|await|throw|function|async|if|for|while|switch)\b|^[\w.]+\(|^[\w.]+ [+-]?= /

/** Best effort: it begins as a statement and the parser takes it. Documentation may show code. */
export function isCommentedCode({ text, isBlock }: Comment): boolean {
  if (text.startsWith('/**')) return false
  const inside = (isBlock ? text.slice(2, -2) : text.slice(2)).trim()
  if (!BEGINS_AS_CODE.test(inside)) return false
  return parses(`async () => {\n${inside}\n}`) || parses(`async () => {\n${inside}\n}}`)
}

function parses(text: string): boolean {
  try {
    parseAst(text, { lang: 'ts' }, 'comment.ts')
    return true
  } catch {
    return false
  }
}
