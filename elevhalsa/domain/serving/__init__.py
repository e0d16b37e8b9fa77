"""Who serves where: who may be told, who may read and who may take, at a moment."""
