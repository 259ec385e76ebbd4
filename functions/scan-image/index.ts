export const handler = async () => ({ todo: 'scan-image' });
