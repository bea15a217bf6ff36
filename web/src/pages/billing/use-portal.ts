import { useMutation } from '@tanstack/react-query'
import { api } from '../../lib/api.ts'

/** Opens Stripe's billing portal; it leads back to this page. */
export const usePortal = () =>
  useMutation({
    mutationFn: () => api.portal({ returnUrl: window.location.href }),
    onSuccess: ({ url }) => window.location.assign(url),
  })
