"""What all pages share: who may come in, one commit, headers, fragments, assets."""
