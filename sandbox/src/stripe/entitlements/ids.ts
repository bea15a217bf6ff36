import { randomId } from '../../ids.ts'

/** Ids of features and entitlements carry the mode that they were made in. */
export const entitlementId = (prefix: 'feat' | 'ent'): string => randomId(`${prefix}_test_61`, 30)
