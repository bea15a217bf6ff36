import { expect, test } from 'vitest'
import { parseForm } from './form.ts'

const plain = (text: string) => JSON.parse(JSON.stringify(parseForm(text)))

test('brackets become fields and lists', () => {
  expect(plain('items[0][price]=p1&items[0][quantity]=2&items[1][price]=p2&metadata[a%20b]=c+d&x=')).toEqual({
    items: { 0: { price: 'p1', quantity: '2' }, 1: { price: 'p2' } },
    metadata: { 'a b': 'c d' },
    x: '',
  })
})

test('empty brackets append', () => {
  expect(plain('expand[]=a&expand[]=b')).toEqual({ expand: { 0: 'a', 1: 'b' } })
})

test('empty brackets before a name stay with one entry until the name comes again', () => {
  expect(plain('items[][price]=a&items[][quantity]=2&items[][price]=b&items[][quantity]=3')).toEqual({
    items: { 0: { price: 'a', quantity: '2' }, 1: { price: 'b', quantity: '3' } },
  })
  expect(plain('a[][b][c]=1&a[][b][d]=2&a[][b][c]=3')).toEqual({
    a: { 0: { b: { c: '1', d: '2' } }, 1: { b: { c: '3' } } },
  })
  expect(plain('a[][b][]=1&a[][b][]=2')).toEqual({ a: { 0: { b: { 0: '1', 1: '2' } } } })
})

test('a name that everything has by nature is an ordinary field', () => {
  expect(Object.keys(parseForm('__proto__[x]=1&constructor=2'))).toEqual(['__proto__', 'constructor'])
})
