export const handler = async () => ({ todo: 'start-rollout' });
