export const handler = async () => ({ todo: 'alert' });
