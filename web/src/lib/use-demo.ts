import { useMutation } from '@tanstack/react-query'
import { enterDemo } from './api.ts'

/** Signs in to the demo and loads the page that it leads to anew, with its cookie. */
export const useDemo = () =>
  useMutation({ mutationFn: enterDemo, onSuccess: (address) => window.location.assign(address) })
