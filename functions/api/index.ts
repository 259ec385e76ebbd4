export const handler = async () => ({ todo: 'api' });
